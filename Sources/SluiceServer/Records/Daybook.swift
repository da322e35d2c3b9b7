internal import SluicePolicy
internal import SluiceStore
internal import SluiceSystem

/// What every message's end is entered in: its record, and the counts that it changes. One value, so that an entry is
/// one access to it.
struct Daybook: ~Copyable {
  private var line = RecordLine()
  private var head = RecordHead()
  private var generation: Int64
  private var counts: Tally
  private var writers = WriterTally()
  private var drops = DropTally()
  /// Rows of generations that ended before they were taken.
  private var earlier: [LedgerEntry] = []
  /// Everything since the start of this process, but for what `counts` holds.
  private var taken = Tally(generation: 0)

  init(generation: Int64) {
    self.generation = generation
    counts = Tally(generation: generation)
  }

  mutating func begin(generation: Int64) {
    close()
    self.generation = generation
    counts = Tally(generation: generation)
  }

  /// Everything since the start of this process.
  var totals: Tally {
    var sum = taken
    sum.add(counts)
    return sum
  }

  /// Enters a message's end: `now` in nanoseconds of the monotonic clock, `time` of the same moment since 1970.
  ///
  /// Where its record cannot be written it is not counted either: the ledger says what the log says.
  mutating func enter(_ ending: borrowing Ending, now: Int64, time: Int64, in audit: AuditLog) throws(Errno) {
    let sender = ending.sender
    head.prepare(time: time, kind: ending.kind, sender: sender, generation: generation)
    head.prepare(dialect: ending.dialect, method: ending.method, target: ending.target)
    line.compose(ending, sequence: audit.nextSequence(), head: head.line, subject: head.subject, now: now)
    try line.withBytes { bytes throws(Errno) in try audit.append(bytes) }
    counts.count(ending.kind, on: sender.route)
    if ending.kind != .canary, ending.kind != .started {
      writers.count(sender.writer, program: ending.program?.path ?? sender.program, on: sender.route, at: time)
    }
    if let path = sender.path {
      drops.count(
        ending.kind, path: path, uid: sender.principal.uid, code: ending.code, reason: ending.reason, at: time)
    }
  }

  /// Enters something of the service's own life.
  mutating func note(
    _ event: StaticString, time: Int64, in audit: AuditLog, _ members: (inout RecordLine) -> Void
  ) throws(Errno) {
    line.begin(sequence: audit.nextSequence())
    line.moment(Timestamp(nanoseconds: time / 1_000_000 * 1_000_000).bytes, event: event)
    members(&line)
    line.end()
    try line.withBytes { bytes throws(Errno) in try audit.append(bytes) }
  }

  /// The rows that were counted since the last call.
  mutating func take() -> (counts: [LedgerEntry], writers: [WriterCount], drops: [DropCount]) {
    close()
    let rows = earlier
    earlier = []
    return (rows, writers.take(), drops.take())
  }

  private mutating func close() {
    earlier += counts.entries
    taken.add(counts)
    counts = Tally(generation: generation)
  }
}
