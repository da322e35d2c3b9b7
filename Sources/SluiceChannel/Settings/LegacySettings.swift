/// `legacy`: the world-writable file drops that the channel is to get away from.
package struct LegacySettings: Hashable, Sendable {
  /// Whose drops are let through.
  package enum Writers: String, CaseIterable, Sendable {
    /// Only the channel's user, root and members of its group.
    case members
    /// Any user of this host, as the old server did.
    case anyone
  }

  /// What becomes of a drop once it is taken.
  package enum Consume: String, CaseIterable, Sendable {
    /// It vanishes, as the old server made it vanish.
    case take
    /// A readable copy stays for `linger`, for callers that look at the file after writing it.
    case linger
  }

  /// How drops are taken.
  package enum Ingress: String, CaseIterable, Sendable {
    /// As soon as they are noticed; who writes at the same time may overwrite.
    case watch
    /// Writers are let in one at a time: nothing is overwritten. Needs CAP_SYS_ADMIN and a directory of their own.
    case gate
    /// A FIFO stands at `input`: lines of up to 4096 bytes stay whole, and nobody can be named as the writer.
    case fifo
  }

  /// `input`: where old clients drop messages. Default `/tmp/mcp_in.json`.
  package var input: AbsolutePath
  /// `bad`: where old clients drop malformed messages. Default `/tmp/mcp_bad.json`.
  package var bad: AbsolutePath
  /// `writers`: `members` (default) or `anyone`.
  package var writers: Writers
  /// `consume`: `take` (default) or `linger`.
  package var consume: Consume
  /// `linger`: how long the copy stays. Default 2s; 1ms to 1h.
  package var linger: TimeSpan
  /// `ingress`: `watch` (default), `gate` or `fifo`.
  package var ingress: Ingress
  /// `log`: the old server's log, if it kept one that is still read.
  package var log: AbsolutePath?
  /// `reply`: a file beside `input` in which each writer finds the reply to its last message, and which only it can
  /// read; `{uid}` in its name stands for the writer's uid. Default none.
  package var reply: AbsolutePath?

  private static let standardLinger = TimeSpan.seconds(2)

  package init(
    input: AbsolutePath = .legacyInput, bad: AbsolutePath = .legacyBad, writers: Writers = .members,
    consume: Consume = .take, linger: TimeSpan = .seconds(2), ingress: Ingress = .watch,
    log: AbsolutePath? = nil, reply: AbsolutePath? = nil
  ) {
    self.input = input
    self.bad = bad
    self.writers = writers
    self.consume = consume
    self.linger = linger
    self.ingress = ingress
    self.log = log
    self.reply = reply
  }

  init(reading reader: ObjectReader) {
    let defaults = LegacySettings()
    self.init(
      input: reader.parsed("input") ?? defaults.input,
      bad: reader.parsed("bad") ?? defaults.bad,
      writers: reader.choice("writers") ?? defaults.writers,
      consume: reader.choice("consume") ?? defaults.consume,
      linger: reader.duration("linger", in: .milliseconds(1) ... .seconds(3600)) ?? defaults.linger,
      ingress: reader.choice("ingress") ?? defaults.ingress,
      log: reader.parsed("log"),
      reply: reader.parsed("reply"))
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("Where old clients drop messages, and malformed ones.")
    writer.string("input", input)
    writer.string("bad", bad)
    switch writers {
    case .members:
      writer.comment("Drops of the channel's user, of root and of members of its group are let through.")
      writer.comment("'anyone' would let every user of this host call, as an old server does.")
    case .anyone:
      writer.comment("Every user of this host may call through legacy drops, because the old deployment let them.")
      writer.comment("Change to 'members' as soon as no stranger writes any more.")
    }
    writer.string("writers", writers.rawValue)
    writer.comment(
      "'take': a drop vanishes when it is taken. 'linger': it stays readable for the time of linger, for scripts")
    writer.comment("that look at the file after writing it; others who write meanwhile write into the same file.")
    writer.string("consume", consume.rawValue)
    if consume == .linger || linger != Self.standardLinger { writer.string("linger", linger) }
    writer.comment(
      "'watch': drops are taken as soon as they are noticed. 'gate': writers are let in one at a time, so that")
    writer.comment("none overwrites another; for directories that hold nothing else (never /tmp), with CAP_SYS_ADMIN.")
    writer.comment(
      "'fifo': a FIFO stands at input; for writers of lines of up to 4096 bytes, one write each, never mv.")
    writer.string("ingress", ingress.rawValue)
    writer.comment("The old server's log, if it kept one that is still read: the relay goes on writing to it.")
    writer.string("log", log, example: "/var/log/parrot.log")
    writer.comment("Where a writer finds the reply to its last message, readable by it alone.")
    writer.string("reply", reply, example: "/tmp/mcp_out-{uid}.json")
  }
}
