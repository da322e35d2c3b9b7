import SluiceSystem
import Testing

/// Each way to fail has its exit code and one clear sentence on standard error, and nothing on standard output.
@Suite(.serialized, .printsLogs)
struct CommandFailureTests {
  private func expect(
    _ outcome: Outcome, _ status: Int32, _ parts: String..., sentences: Int = 1,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(outcome.status == status, "\(outcome)", sourceLocation: location)
    #expect(outcome.output.isEmpty, "\(outcome)", sourceLocation: location)
    #expect(outcome.sentences.count == sentences, "\(outcome)", sourceLocation: location)
    for part in parts { #expect(outcome.errors.contains(part), "\(part): \(outcome)", sourceLocation: location) }
  }

  private static let ping = #"{"method":"ping"}"#

  // MARK: Channel file

  @Test(arguments: [
    ("limits: { mesage: \"1M\" }", "2:11: limits.mesage", "message"),
    ("limits: { message: \"1 parsec\" }", "2:20: limits.message", "parsec"),
    ("limits: { connections: 0 }", "2:24: limits.connections", "65536"),
    ("stem: \"mcp\", stem: \"mcp\"", "2:14: key 'stem'", "line 2, column 1"),
    ("socket: { mode: \"0666\" }", "2:17: socket.mode", "allowAnyone"),
    ("handler: { kind: \"exec\" }", "2:10: handler", "command"),
    ("stem: 7", "2:7: stem", "found a number"),
    ("limits: { message: ", "2:21", "expected a value"),
  ])
  func aBadChannelFileIsReportedAtItsPlace(text: String, place: String, hint: String) throws {
    try Rehearsal.run(text) { channel in
      for words in [["serve"], ["relay"], ["status"], ["plan"], ["send", Self.ping]] {
        let outcome = try RunningProgram(channel.words(words), variables: channel.variables).end()
        expect(outcome, 78, "\(channel.channelFile):\(place)", hint)
      }
    }
  }

  @Test func aMissingChannelFileSaysHowToMakeOne() throws {
    try Rehearsal.run { channel in
      expect(
        try channel.sluice("--config", "/nowhere/x.json5", "status"), 78, "/nowhere/x.json5 does not exist",
        "sluice init")
      expect(
        try channel.sluice("--channel", "other", "status"), 78, "/etc/sluice/other.json5 does not exist", "sluice init")
      try Files.remove(channel.channelFile)
      expect(try channel.sluice("status"), 78, "no channel file in", "sluice init")
    }
  }

  // MARK: Usage

  /// What the grammar refuses comes with the line of usage.
  @Test func wrongWordsAreUsage() throws {
    try Rehearsal.run { channel in
      expect(try channel.sluice("stattus"), 64, "status", sentences: 2)
      expect(try channel.sluice("status", "--jsn"), 64, "--json", sentences: 2)
      expect(try channel.sluice("apply", "--to", "moon"), 64, "moon", "socket", sentences: 2)
      expect(try channel.sluice("send", "--timeout", "soon", Self.ping), 64, "--timeout soon")
      expect(try channel.sluice("--channel", "no/good", "status"), 64, "--channel no/good")
      expect(try channel.sluice("history", "--limit", "0"), 64, "--limit")
    }
  }

  // MARK: Nobody there

  @Test func withoutAServerEveryRouteSaysSo() throws {
    try Rehearsal.run { channel in
      expect(try channel.sluice("send", Self.ping), 69, "sluice serve")
      for transport in ["run-file", "fifo", "socket"] {
        expect(try channel.sluice("send", "--transport", transport, Self.ping), 69, "sluice serve")
      }
      expect(try channel.sluice("apply", "--yes"), 69, "sluice serve")
      let status = try channel.sluice("status")
      #expect(status.status == 0 && status.output.contains("not running"), "\(status)")
      // A server that has gone leaves its directory and its files behind.
      let server = try channel.serve("--phase", "socket")
      try server.terminate()
      #expect(try server.end() == 0)
      expect(try channel.sluice("send", Self.ping), 69, "sluice serve")
      for transport in ["fifo", "socket"] {
        expect(try channel.sluice("send", "--transport", transport, Self.ping), 69, "sluice serve")
      }
      expect(try channel.sluice("apply", "--yes"), 69, "sluice serve")
      let request = try channel.sluice(
        "send", "--request", "--timeout", "100ms", "--transport", "run-file", Self.ping)
      expect(request, 75, "no reply in time")
    }
  }

  @Test func withoutARelayApplyRollsBackAndSaysSo() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      let outcome = try channel.sluice("--quiet", "apply", "--yes")
      expect(outcome, 69, "no relay is connected", "sluice relay", "rolled back")
      #expect(try channel.status().text("phase") == "file-drop")
      #expect(try !Files.exists(channel.runFile))
      expect(try channel.sluice("--quiet", "apply"), 64, "--yes")
    }
  }

  @Test func aMissingLegacyDirectoryIsNamed() throws {
    try Rehearsal.run(#"paths: { runtime: "/run/parrot-mcp" },"#) { channel in
      let text = try Files.text(channel.channelFile).split(separator: "legacy: {", omittingEmptySubsequences: false)
      try Files.write(
        channel.channelFile, text.joined(separator: #"legacy: { input: "/gone/in.json", bad: "/gone/bad.json","#))
      expect(try channel.sluice("relay"), 1, "the legacy directory \(channel.root)/gone does not exist")
    }
  }

  // MARK: Somebody else there

  @Test func aHeldRunFileLockNamesItsHolder() throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      let script = """
        import fcntl, sys
        file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX); print("locked", flush=True); sys.stdin.read()
        """
      let holder = try RunningProgram(["python3", "-c", script, "\(channel.runtime)/mcp.lock"], keepsInput: true)
      try holder.until("it has the lock") { $0 == "locked\n" }
      let outcome = try channel.sluice("send", "--transport", "run-file", "--timeout", "200ms", Self.ping)
      expect(outcome, 75, "mcp.lock is held by process \(holder.pid)")
      holder.kill()
      let after = try channel.sluice("send", "--request", "--transport", "run-file", Self.ping)
      #expect(after.status == 0, "\(after)")
    }
  }

  /// A second service finds the lock before it touches anything of the first one's.
  @Test func aSecondServiceIsRefusedAndSpoilsNothing() throws {
    try Rehearsal.run { channel in
      let (server, relay) = try channel.open("socket")
      let script = """
        import socket, sys
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile('rb')
        for n in range(4000): s.sendall(b'{"method":"ping"}\\n'); f.readline()
        """
      let client = try RunningProgram(["python3", "-c", script, channel.socket])
      for _ in 0..<3 {
        expect(try channel.sluice("serve"), 75, "another server", "process \(server.pid)")
        expect(try channel.sluice("relay"), 75, "another relay", "process \(relay.pid)")
        try client.pump()
      }
      let outcome = try client.end()
      #expect(outcome.status == 0, "\(outcome)")
      try channel.expectBalanced()
      #expect(try channel.count("socket", "accepted") == 4000)
    }
  }

  @Test func aSecondApplyNamesTheFirst() throws {
    try Rehearsal.run { channel in
      try channel.useManifestsAsTheyAre()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let first = try channel.start("apply", "--to", "socket", "--yes")
      try eventually("the first run has the lock") {
        try first.pump()
        return try channel.status().text("phase") != "file-drop"
      }
      expect(try channel.sluice("apply", "--to", "socket", "--yes"), 6, "process \(first.pid)", "apply")
      expect(try channel.sluice("rollback", "--to", "file-drop", "--yes"), 6, "process \(first.pid)")
      #expect(try first.end().status == 0)
      try channel.expectProven()
    }
  }

  @Test func aForeignObjectStopsThePhaseAndStays() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try channel.shell("echo precious > $DIR/mcp.fifo")
      let outcome = try channel.sluice("--quiet", "apply", "--to", "fifo", "--yes")
      expect(outcome, 4, channel.fifo, "move it away", "rolled back")
      #expect(try Files.text(channel.fifo) == "precious\n")
      #expect(try channel.status().text("phase") == "run-file")
      try channel.expectProven()
      let plan = try channel.sluice("plan", "--to", "fifo")
      #expect(plan.status == 0 && plan.output.contains("regular file"), "\(plan)")
    }
  }

  @Test func aChangedManifestIsNamedWithBothValues() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("fifo")
      let path = "\(channel.root)/migrations/0002-fifo.json5"
      let original = try Files.text(path)
      let changed = original.split(separator: #"mode: "0600""#, omittingEmptySubsequences: false)
      try Files.write(path, changed.joined(separator: #"mode: "0640""#))
      expect(try channel.sluice("--quiet", "apply", "--yes"), 78, path, "mode", "0600", "0640")
      expect(try channel.sluice("--quiet", "plan"), 78, path, "objects.fifo.mode", "0600", "0640")
      // The way back is by what was applied, whatever became of the file.
      try channel.rollback("run-file")
      #expect(try !Files.exists(channel.fifo))
      try channel.expectProven()
      // Now it is a migration that nobody has applied: it may change, and what it says then counts.
      try Files.write(path, original.split(separator: "canaries: 10").joined(separator: "canaries: 3"))
      try channel.apply("fifo")
      #expect(try channel.sluice("history", "--steps", "--limit", "1").output.contains("3 numbered probes"))
      try Files.write(path, original)
      expect(try channel.sluice("--quiet", "apply", "--yes"), 78, path, "gates.canaries was 3", "is 10 now")
      // Layout, comments and the title carry no meaning.
      let same = original.split(separator: "canaries: 10").joined(separator: "canaries: 3").split(separator: "\n")
      try Files.write(path, "// a comment\n" + same.joined(separator: "\n\n"))
      let plan = try channel.sluice("plan")
      #expect(plan.status == 0 && plan.output.contains("0003-socket"), "\(plan)")
    }
  }

  // MARK: Bad messages

  @Test(arguments: [
    ("", "empty"), ("nonsense", "JSON"), (#"{"a":1}"#, "method"), ("[1]", "object"),
    ("{\"method\":\"a\"}\n{\"method\":\"b\"}", "JSON"),
    (#"{"method":"a","method":"b"}"#, "method"),
  ])
  func aBadMessageIsRefusedInWords(message: String, word: String) throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      for transport in ["socket", "fifo", "run-file", "file-drop"] {
        expect(try channel.sluice("send", "--transport", transport, "--", message), 65, word)
      }
      expect(try channel.sluice("send", input: message), 65, word)
    }
  }

  /// Newlines inside JSON text are white space: a message that was laid out for reading is one line on every transport.
  @Test func aMessageOfSeveralLinesIsOneMessage() throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      for transport in ["socket", "fifo", "run-file", "file-drop"] {
        let outcome = try channel.sluice(
          "send", "--request", "--transport", transport, input: "{\n  \"method\":\r\n    \"ping\"\n}\n")
        #expect(outcome.output == "{\"result\":\"pong\"}\n", "\(outcome)")
      }
    }
  }

  @Test func aRefusalIsSaidInWords() throws {
    try Rehearsal.run(#"limits: { rate: "1/1h" },"#) { channel in
      try channel.open("socket")
      let unknown = try channel.sluice("send", #"{"method":"nope"}"#)
      expect(unknown, 1, "Unknown method")
      let tooMany = try channel.sluice("send", #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#)
      expect(tooMany, 75, "too many messages")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func withoutPermissionEveryCommandSaysSo() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.open("socket")
      for words in [
        ["serve"], ["relay"], ["status"], ["verify"], ["apply", "--yes"], ["send", Self.ping], ["audit", "show"],
        ["audit", "verify"], ["init", "--channel", "other"],
      ] {
        let outcome = try RunningProgram(SecondUser.prefix + channel.words(words), variables: channel.variables).end()
        #expect(outcome.status == 77 && outcome.output.isEmpty, "\(outcome)")
        #expect(outcome.sentences.count == 1, "\(outcome)")
      }
    }
  }

  // MARK: Plan

  /// `/dev/full` is a disk without room; a script must not take nothing for an answer.
  @Test func aResultThatCannotBeWrittenIsAFailure() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      for words in ["status", "status --json", "plan --to socket", "history", "--version", "help", "completions bash"] {
        let outcome = try channel.shell(
          #"exec "$1" --root "$ROOT" $2 > /dev/full"#, Places.binary, words)
        expect(outcome, 1, "cannot write the result to standard output", "space")
      }
      // A reader that has seen enough is none.
      let outcome = try channel.shell(
        #"set -o pipefail; "$1" --root "$ROOT" status | true"#, Places.binary)
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func planChangesNothingAndNeedsNothing() throws {
    try Rehearsal.run { channel in
      let before = try channel.listing()
      let plan = try channel.sluice("plan", "--to", "socket")
      #expect(plan.status == 0 && plan.output.contains("0001-run-files"), "\(plan)")
      #expect(try channel.sluice("plan", "--to", "socket").output == plan.output)
      #expect(try channel.listing() == before)
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      #expect(try channel.sluice("plan", "--to", "socket", "--exit-code").status == 2)
      #expect(try channel.sluice("plan", "--to", "run-file", "--exit-code").status == 0)
    }
  }

  /// As somebody who may read everything and write nothing.
  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func planNeedsNoRightToWrite() throws {
    try Rehearsal.run(isOpen: true) { channel in
      let (server, relay) = (try channel.serve(), try channel.relay())
      try channel.waitForRelay()
      try channel.apply("run-file")
      for service in [relay, server] {
        try service.terminate()
        #expect(try service.end() == 0)
      }
      let plan = try channel.sluice("plan", "--to", "socket")
      try channel.shell("chmod -R a+rX,a-w $ROOT/var $ROOT/run $ROOT/etc")
      let before = try channel.listing(except: ["logs"])
      let other = try channel.sluice("plan", "--to", "socket", user: SecondUser.prefix)
      #expect(other.status == 0 && plan.status == 0, "\(other)")
      // Before the steps it says that modes were changed, as they were here.
      func steps(_ outcome: Outcome) -> Int { outcome.lines.drop { !$0.hasPrefix("from ") }.count }
      #expect(steps(other) == steps(plan), "\(other)")
      #expect(try channel.listing(except: ["logs"]) == before)
    }
  }
}
