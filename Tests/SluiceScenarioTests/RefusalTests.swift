import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Refusals by table: a command line, its exit code, and what its one sentence says: what, where, why, and what next.
/// Those of the other suites (ExitCodeTests, CommandFailureTests, NotPermittedTests, RetireTests, Engine...) are not here.
@Suite(.serialized, .printsLogs)
struct RefusalTests {
  struct Row: Sendable {
    let words: [String]
    let status: Int32
    let parts: [String]
    init(_ words: String, _ status: Int32, _ parts: String...) {
      self.words = words.split(separator: " ").map(String.init)
      self.status = status
      self.parts = parts
    }
  }

  private func expect(
    _ channel: Rehearsal, _ rows: [Row], variables: [String] = [], location: SourceLocation = #_sourceLocation
  ) throws {
    for row in rows {
      let words = row.words.map { $0.replacing("$ROOT", with: channel.root) }
      let outcome = try RunningProgram(channel.words(words), variables: channel.variables + variables).end(seconds: 60)
      expect(outcome, row, channel, location: location)
    }
  }

  private func expect(_ outcome: Outcome, _ row: Row, _ channel: Rehearsal, location: SourceLocation) {
    #expect(outcome.status == row.status, "\(outcome)", sourceLocation: location)
    for part in row.parts {
      #expect(
        outcome.hints.contains(part.replacing("$ROOT", with: channel.root)), "\(part): \(outcome)",
        sourceLocation: location)
    }
    #expect(outcome.output.isEmpty, "\(outcome)", sourceLocation: location)
    #expect(
      outcome.sentences.contains { $0.hasPrefix("sluice: ") }, "\(outcome)", sourceLocation: location)
  }

  // MARK: Words

  @Test func whatIsAskedWrongly() throws {
    try Rehearsal.run { channel in try expect(channel, Self.words) }
  }

  @Test func aChannelThatIsNotToBeFound() throws {
    try Rehearsal.run { channel in
      try Files.write("\(channel.root)/etc/sluice/second.json5", try Files.text(channel.channelFile))
      try expect(
        channel,
        [Row("status", 64, "several channels in $ROOT/etc/sluice: parrot-mcp, second", "name one with --channel")])
      try Files.remove("\(channel.root)/etc/sluice/second.json5")
      let text = try Files.text(channel.channelFile)
      try Files.write(channel.channelFile, String(repeating: " ", count: 1 << 20) + text)
      try expect(channel, [Row("status", 78, "parrot-mcp.json5 is larger than 1048576 bytes")])
      try channel.configure(#"user: "no-such-user","#)
      var rows = ["serve", "relay", "plan", "verify"].map {
        Row($0, 1, "the channel's user no-such-user does not exist", "create it, or change \"user\"")
      }
      if Privilege.isRoot {
        rows += ["status", "history", "quarantine list", "audit verify"].map {
          Row($0, 1, "the channel's user no-such-user does not exist", "create it, or change \"user\"")
        }
      }
      try expect(channel, rows)
      try channel.configure(#"access: "group", group: "no-such-group","#)
      try expect(
        channel,
        ["serve", "plan"].map {
          Row($0, 1, "the channel's group no-such-group does not exist", "create it, or change \"group\"")
        })
      try channel.configure(#"relay: { user: "no-such-user" },"#)
      try expect(
        channel, [Row("relay", 1, "the relay's user no-such-user does not exist", "or change \"relay.user\"")])
      try channel.configure("")
      let gone = try channel.shell(
        #"mkdir $ROOT/gone; cd $ROOT/gone; rmdir $ROOT/gone; exec "$1" --root here status"#, Places.binary)
      expect(
        gone, Row("status", 1, "the working directory is gone", "name an absolute path"), channel,
        location: #_sourceLocation)
    }
  }

  /// A program that was copied away from its manifests, and manifests that are not what their names say.
  @Test func manifestsThatAreNotThere() throws {
    try Rehearsal.run { channel in
      _ = try channel.shell(
        #"mkdir $ROOT/bin; cp "$1" $ROOT/bin/sluice; mv $ROOT/migrations $ROOT/away"#, Places.binary)
      let copied = try RunningProgram(["\(channel.root)/bin/sluice", "--root", channel.root, "plan"]).end()
      expect(
        copied, Row("", 78, "no migrations beside $ROOT/bin/sluice", "--migrations"), channel,
        location: #_sourceLocation)
      _ = try channel.shell("mv $ROOT/away $ROOT/migrations")
      let (first, other) = (
        "\(channel.root)/migrations/0001-run-files.json5", "\(channel.root)/migrations/0009-x.json5"
      )
      let text = try Files.text(first)
      try Files.remove(first)
      try expect(channel, [Row("plan", 78, "no manifest in $ROOT/migrations leads to phase run-file")])
      try Files.write(other, text)
      try expect(channel, [Row("plan", 78, "0009-x.json5: id", "must be the file's name without .json5")])
    }
  }

  // MARK: What is found

  private static func forge(_ channel: Rehearsal, _ statement: String) throws {
    let forged = try RunningProgram([
      "python3", "-c",
      "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], timeout=30); c.executescript(sys.argv[2]); c.commit()",
      "\(channel.state)/state.db", statement,
    ]).end()
    try #require(forged.status == 0, "\(forged)")
  }

  @Test func whatARunningServerRefuses() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.askForQuiet("1h")
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try expect(channel, [Row("audit show --last few", 64, "--last few", "must be a number from 1 on")])
      // Another channel's file that names this one's directories.
      try Files.write(
        "\(channel.root)/etc/other.json5",
        #"{ format: 1, channel: "other", stem: "mcp", paths: { runtime: "/run/parrot-mcp" } }"#)
      let state = "$ROOT/var/lib/sluice/other"
      try expect(
        channel, [Row("--config $ROOT/etc/other.json5 apply --yes", 77, "\(state) does not exist", "create it")])
      try channel.shell("mkdir -m 0700 \(state)")
      try expect(
        channel,
        [
          Row(
            "--config $ROOT/etc/other.json5 apply --yes", 1, "serves the channel parrot-mcp, not other",
            "runtime directory of its own")
        ])
      let endpoint = "\(channel.runtime)/endpoint"
      let text = try Files.text(endpoint)
      try Files.write(endpoint, "NOTHING=1\n")
      let send = try channel.sluice("send", #"{"method":"ping"}"#)
      expect(send, Row("", 1, "endpoint names no transport", "is it ours?"), channel, location: #_sourceLocation)
      try Files.write(endpoint, text)
      try channel.apply("run-file")
      #expect(try channel.sluice("apply", "--to", "fifo", "--trial", "1h", "--yes").status == 0)
      try expect(
        channel,
        [
          Row(
            "apply --to socket --trial 1h --yes", 3, "what was applied last is on trial", "sluice confirm",
            "sluice rollback --to run-file")
        ])
      #expect(try channel.sluice("confirm").status == 0)
      #expect(try channel.sluice("apply", "--to", "socket", "--trial", "1h", "--yes").status == 0)
      try expect(
        channel,
        [Row("retire --confirm $ROOT/tmp/mcp_in.json", 3, "the phase is on trial", "first: sluice confirm")])
      #expect(try channel.sluice("confirm").status == 0)
      try expect(
        channel,
        [
          Row("confirm", 3, "no trial waits to be confirmed", "confirmed already"),
          Row("apply --to fifo --yes", 64, "the channel is at socket", "sluice rollback --to fifo"),
          Row("retire --confirm /somewhere/else", 3, "cannot be retired yet", "sluice clients"),
          Row("retire --waive 1 --waive 2 --reason x", 64, "each --waive CALLER needs its --reason TEXT"),
          Row("retire --waive stranger --reason x", 64, "--waive stranger", "nobody of that name", "sluice clients"),
        ])
      try channel.askForQuiet("1ms")
      try expect(
        channel,
        [
          Row(
            "retire --confirm /somewhere/else", 64, "--confirm /somewhere/else", "the channel's legacy path is",
            "nothing was changed"),
          Row(
            "retire --yes", 64, "there is no way back from retire, so --yes does not do", "--confirm /tmp/mcp_in.json"),
          Row("retire", 64, "there is no way back from retire", "--confirm /tmp/mcp_in.json"),
        ])
      #expect(try channel.status().text("phase") == "socket" && !Files.exists(channel.drop))
    }
  }

  /// A run that was killed, and a state that says what no version of sluice wrote.
  @Test(.enabled(if: StopPoint.isCompiledIn, "the build has no stop points")) func whatIsRecordedAndUnknown() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let killed = try channel.engine("apply", "run-file", stop: "engine.acted:6")
      try #require(killed.status == 137, "\(killed)")
      try Self.forge(channel, "CREATE TABLE kept AS SELECT * FROM moves; UPDATE moves SET meaning='no manifest'")
      try expect(
        channel,
        [
          Row(
            "--quiet apply --yes", 78, "was interrupted at step", "has changed since it began", "put it back",
            "sluice rollback --to file-drop"),
          Row("--quiet rollback --yes", 78, "is no manifest of this version"),
        ])
      try Self.forge(
        channel,
        """
        DELETE FROM moves; INSERT INTO moves SELECT * FROM kept; CREATE TABLE was AS SELECT * FROM steps;
        UPDATE steps SET verb='dance' WHERE position=1
        """)
      try expect(
        channel,
        [
          Row(
            "--quiet rollback --yes", 1, "step 2 of run 1 (dance) is none of this version's",
            "finish it with the version that began it")
        ])
      try Self.forge(channel, "DELETE FROM steps; INSERT INTO steps SELECT * FROM was; DROP TABLE was; DROP TABLE kept")
      #expect(try channel.sluice("rollback", "--yes").status == 0)
      try channel.expectSettled(.fileDrop, "with the notes as they were")
    }
  }

  // MARK: What happens between two steps

  /// Stopped at a point, changed by `change`, and let go on.
  private func interfere(
    _ channel: Rehearsal, _ words: [String], at stop: String, _ change: String
  ) throws -> Outcome {
    let command = try RunningProgram(
      channel.words(words, of: Places.instrumented),
      variables: channel.variables + ["SLUICE_STOP=\(stop)", "SLUICE_STOP_BY=STOP"])
    try eventually("the command stands still") {
      try Files.text("/proc/\(command.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
    }
    let changed = try channel.shell("set -e; \(change)")
    #expect(changed.status == 0, "\(changed)")
    try command.signal("CONT")
    return try command.end(seconds: 60)
  }

  @Test(
    .enabled(if: StopPoint.isCompiledIn && SecondUser.isAvailable, "needs a build with stop points, and root"))
  func aGateThatFindsTheDoorOpen() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      let open = try interfere(
        channel, ["--quiet", "apply", "--to", "fifo", "--yes"], at: "engine.intended:4",
        "chmod 0711 $DIR; chmod 0666 $DIR/mcp.lock")
      expect(
        open, Row("", 3, "uid 65534 got through to $ROOT/run/parrot-mcp/mcp.lock", "should be refused", "rolled back"),
        channel, location: #_sourceLocation)
      try channel.shell("chmod 0700 $DIR; chmod 0600 $DIR/mcp.lock")
      #expect(try channel.status().text("phase") == "run-file")
      try channel.expectProven()
    }
  }

  @Test(.enabled(if: Privilege.isRoot && StopPoint.isCompiledIn, "needs a build with stop points, and root"))
  func aLegacyDirectoryThatRefuses() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      defer { _ = try? channel.shell("chattr -i $ROOT/tmp") }
      let fixed = try channel.shell("chattr +i $ROOT/tmp")
      guard fixed.status == 0 else { return }
      let probe = try channel.sluice("--quiet", "apply", "--yes")
      expect(
        probe, Row("", 1, "cannot put a probe at $ROOT/tmp/mcp_in.json", "rolled back"), channel,
        location: #_sourceLocation)
      try channel.shell("chattr -i $ROOT/tmp")
      try channel.apply("run-file")
      try channel.shell("chattr +i $ROOT/tmp")
      let marker = try channel.sluice("--quiet", "apply", "--yes")
      expect(
        marker, Row("", 3, "through file-drop could not be sent", "rolled back"), channel, location: #_sourceLocation)
      try channel.shell("chattr -i $ROOT/tmp")
      try channel.apply("socket")
      try channel.askForQuiet("1ms")
      let retire = ["--quiet", "retire", "--confirm", channel.drop, "--waive", "gaps", "--reason", "test"]
      let seal = try interfere(channel, retire, at: "retire.sealing:1", "chattr +i $ROOT/tmp")
      expect(
        seal, Row("", 77, "cannot seal $ROOT/tmp/mcp_in.json", "rolled back"), channel, location: #_sourceLocation)
      try channel.shell("chattr -i $ROOT/tmp")
      // What cannot be written down is not sealed either.
      try channel.shell("mkdir -p \(channel.state)/retirement.json/x")
      let certificate = try channel.retire(Array(retire.dropFirst(2)) + ["--quiet"])
      expect(
        certificate, Row("", 1, "cannot write the certificate", "retirement.json"), channel, location: #_sourceLocation)
      try channel.shell("rm -r \(channel.state)/retirement.json")
      defer { channel.unseal() }
      #expect(try channel.retire(Array(retire.dropFirst(2))).status == 0)
      try channel.expectProven()
    }
  }
}
