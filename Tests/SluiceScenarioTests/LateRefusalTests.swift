import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Refusals that need a host in a certain state: who asks, what was killed before, what the kernel does not allow.
@Suite(.serialized, .printsLogs)
struct LateRefusalTests {
  private func expect(
    _ outcome: Outcome, _ status: Int32, _ parts: String..., location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status && outcome.output.isEmpty, "\(outcome)", sourceLocation: location)
    #expect(outcome.sentences.contains { $0.hasPrefix("sluice: ") }, "\(outcome)", sourceLocation: location)
    for part in parts { #expect(outcome.hints.contains(part), "\(part): \(outcome)", sourceLocation: location) }
  }

  // MARK: Who asks

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)")) func aStrangerIsToldWhatIsClosedToHim() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.open("socket")
      func ask(_ words: String...) throws -> Outcome {
        try RunningProgram(SecondUser.prefix + channel.words(words), variables: channel.variables).end()
      }
      let log = "\(channel.root)/var/log/sluice/parrot-mcp"
      expect(try ask("audit", "show"), 77, "not permitted to read \(log)/audit.jsonl")
      expect(try ask("audit", "verify"), 77, "not permitted to read \(log)/audit.jsonl")
      expect(try ask("quarantine", "list"), 77, "not permitted to read \(channel.quarantine)")
      expect(try ask("quarantine", "show", "x"), 77, "not permitted to read \(channel.quarantine)")
      expect(
        try ask("send", #"{"method":"ping"}"#), 77, "not permitted to enter \(channel.runtime)",
        "ask for membership in the channel's group")
      expect(
        try ask("init", "--channel", "other"), 77, "not permitted to write \(channel.root)/etc/sluice/other.json5",
        "run as root, or give --root or --config")
      expect(try ask("lint"), 77, "permission denied", "single files are checked with: sluice lint FILE")
      expect(try ask("apply", "--yes"), 77, "state.db: cannot read it", "run this as the channel's user or as root")
      try channel.shell("chmod 0755 $DIR")
      expect(
        try ask("send", #"{"method":"ping"}"#), 77, "not permitted to read \(channel.runtime)/endpoint",
        "ask for membership in the channel's group")
      try channel.configure(#"user: "root","#)
      for words in ["serve", "relay", "verify"] {
        expect(try ask(words), 77, "this channel belongs to uid 0", "run as that user, or as root (you are uid 65534)")
      }
      try channel.shell("chmod 0600 $ROOT/etc/sluice/parrot-mcp.json5")
      expect(try ask("--channel", "parrot-mcp", "status"), 77, "not permitted to read \(channel.channelFile)")
      try channel.shell("chmod 0700 $ROOT/etc/sluice")
      expect(try ask("status"), 77, "not permitted to read \(channel.root)/etc/sluice")
    }
  }

  @Test func whatAProgramStartsWith() throws {
    try Rehearsal.run { channel in
      let closed = try channel.shell(#"exec "$1" --root "$ROOT" connect --socket "$ROOT/x" <&- >&-"#, Places.binary)
      #expect(closed.status != 0 && closed.sentences.count == 1, "\(closed)")
      let nowhere = try RunningProgram(
        channel.words(["rehearse"]), variables: channel.variables + ["TMPDIR=\(channel.root)/nowhere"]
      ).end()
      expect(nowhere, 1, "\(channel.root)/nowhere does not exist", "name another with TMPDIR")
      let none = try channel.sluice("rehearse", "--handler", "channel", "--config", "\(channel.root)/none.json5")
      expect(none, 78, "none.json5 does not exist", "sluice init")
    }
  }

  // MARK: What was killed

  @Test(.enabled(if: StopPoint.isCompiledIn, "the build has no stop points")) func aTrialThatIsNotToBeConfirmed() throws
  {
    try Rehearsal.run { channel in
      let server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let killed = try RunningProgram(
        channel.words(["apply", "--trial", "1h", "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=engine.moved:1"]
      ).end()
      try #require(killed.status == 137, "\(killed)")
      expect(
        try channel.sluice("confirm"), 3, "was interrupted at step", "finish it first, with: sluice apply --to run-file"
      )
      #expect(try channel.sluice("apply", "--yes").status == 0)
      server.kill()
      let late = try channel.shell(
        #"python3 -c 'import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute("UPDATE trials SET boot=\"another\""); c.commit()' "$1""#,
        "\(channel.state)/state.db")
      #expect(late.status == 0, "\(late)")
      expect(
        try channel.sluice("confirm"), 3, "the trial's time is over", "the server rolls it back", "sluice status")
    }
  }

  @Test(.enabled(if: StopPoint.isCompiledIn && Privilege.isRoot, "needs a build with stop points, and root"))
  func whatIsCertifiedIsOnlyFinished() throws {
    try Rehearsal.run { channel in
      try channel.askForQuiet("1ms")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      let words = ["retire", "--confirm", channel.drop, "--waive", "gaps", "--reason", "test"]
      let killed = try RunningProgram(
        channel.words(words, of: Places.instrumented), variables: channel.variables + ["SLUICE_STOP=retire.certified:1"]
      ).end(seconds: 60)
      try #require(killed.status == 137, "\(killed)")
      for words in [["rollback", "--to", "fifo"], ["rollback", "--to", "file-drop"]] {
        let outcome = try RunningProgram(channel.words(words + ["--yes"]), variables: channel.variables).end()
        expect(outcome, 64, "was interrupted at step", "finish it with: sluice retire, there is no other way")
      }
      #expect(try channel.retire().status == 0)
      expect(
        try channel.sluice("rollback", "--to", "socket", "--yes"), 64, "the channel is retired", "no way back",
        "sluice retire --show")
      try channel.expectProven()
    }
  }

  // MARK: What the kernel does not allow

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)")) func aRefusalThatCannotBeTried() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      let outcome = try RunningProgram(
        ["setpriv", "--bounding-set", "-setuid,-setgid", "--inh-caps", "-setuid,-setgid", "--"]
          + channel.words(["--quiet", "apply", "--yes"]), variables: channel.variables
      ).end()
      expect(outcome, 3, "could not try what uid 65534 may do", "rolled back")
      #expect(try channel.status().text("phase") == "run-file")
      try channel.expectProven()
    }
  }
}
