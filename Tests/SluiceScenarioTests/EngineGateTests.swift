import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What is looked at before anything is made, and who still takes drops.
@Suite(.serialized, .printsLogs)
struct EngineGateTests {
  private func rehearse(patience: String = "400ms", _ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let path = "\(channel.root)/migrations/0001-run-files.json5"
      let text = try Files.text(path)
      try Files.write(
        path, text.split(separator: #"oldServer: "50ms""#).joined(separator: #"oldServer: "\#(patience)""#))
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try body(channel)
    }
  }

  private static func message(_ label: String) -> String { #"{"method":"note","params":{"label":"\#(label)"}}"# }

  /// A server of the old kind: looks every now and then, takes what is there.
  private static let oldServer = """
    while sleep 0.02; do [[ -f $DROP ]] && mv "$DROP" "$ROOT/old-took"; done
    """

  @Test func anOldServerThatTakesDropsIsNamed() throws {
    try rehearse(patience: "10s") { channel in
      let script = "\(channel.root)/parrot_server.sh"
      try Files.write(script, "# serves mcp_in.json\n" + Self.oldServer, mode: 0o755)
      let old = try RunningProgram(["/bin/bash", script], variables: channel.clientVariables)
      let outcome = try channel.sluice("apply", "--yes")
      #expect(outcome.status == 3, "\(outcome)")
      #expect(outcome.errors.contains("an old server still takes them"), "\(outcome)")
      #expect(outcome.errors.contains("bash (\(old.pid)"), "\(outcome)")
      #expect(try Files.exists("\(channel.root)/old-took"))
      #expect(try channel.status().text("phase") == "file-drop")
      #expect(try !Files.exists(channel.runFile), "rolled back")
      old.kill()
    }
    try rehearse { channel in
      try channel.apply("run-file")
      #expect(try !Files.exists(channel.drop), "the probe is gone")
      try channel.expectProven()
    }
  }

  @Test func aDropThatWaitsIsNobodysProbe() throws {
    try rehearse { channel in
      try channel.shell(#"echo "$1" > "$DROP""#, Self.message("early"))
      let outcome = try channel.sluice("apply", "--yes")
      #expect(outcome.status == 0 && outcome.errors.contains("a drop waits, and nobody took it"), "\(outcome)")
      try channel.waitUntilHandled(Self.message("early"))
    }
  }

  /// Whatever a writer does to the file that is our probe: his message is his, and arrives once.
  @Test(arguments: [#"echo "$1" > "$DROP""#, #"echo "$1" >> "$DROP""#, #"echo "$1" > "$DROP.n"; mv "$DROP.n" "$DROP""#])
  func aWriterOnTheProbeLosesNothing(write: String) throws {
    try rehearse(patience: "1s") { channel in
      let run = try channel.start("apply", "--yes")
      try eventually("the probe lies there") { try Files.exists(channel.drop) }
      try channel.shell(write, Self.message("mine"))
      let outcome = try run.end()
      #expect(outcome.status == 0, "\(outcome)")
      try channel.waitUntilHandled(Self.message("mine"))
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record) == [Self.message("mine")])
      #expect(try channel.keptNames().isEmpty)
      try channel.expectProven()
    }
  }

  @Test(
    .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"),
    arguments: ["engine.identified:4", "engine.placed:4"], [false, true])
  func aProbeOfAKilledCommandIsTakenAway(stop: String, isWrittenTo: Bool) throws {
    try rehearse { channel in
      let killed = try channel.engine("apply", "run-file", stop: stop)
      try #require(killed.status == 137, "\(killed)")
      if isWrittenTo { try channel.shell(#"echo "$1" >> "$DROP""#, Self.message("mine")) }
      try channel.rollback("file-drop")
      #expect(try Files.exists(channel.drop) == isWrittenTo)
      let left = try Files.names("\(channel.root)/tmp").filter { $0.hasPrefix(".mcp_in") }
      #expect(left.isEmpty, "\(left)")
      try channel.apply("run-file")
      if isWrittenTo { try channel.waitUntilHandled(Self.message("mine")) }
      #expect(try Files.lines(channel.record).count == (isWrittenTo ? 1 : 0))
    }
  }

  // MARK: Mounts

  private func inOwnMounts(_ channel: Rehearsal, _ script: String) throws -> Outcome {
    try RunningProgram(
      ["unshare", "-m", "/bin/sh", "-ec", script + "\nexec \"$@\"", "sh"] + channel.words(["apply", "--yes"]),
      variables: channel.variables + channel.clientVariables
    ).end()
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, to mount")) func aReadOnlyLegacyDirectoryIsInTheWay() throws {
    try rehearse { channel in
      let outcome = try inOwnMounts(
        channel, #"mount --bind "$ROOT/tmp" "$ROOT/tmp"; mount -o remount,ro,bind "$ROOT/tmp""#)
      #expect(outcome.status == 3 && outcome.errors.contains("mounted read-only"), "\(outcome)")
      #expect(try channel.status().text("phase") == "file-drop")
      // Without programs is how such directories should be mounted: nothing of ours runs from there.
      let fine = try inOwnMounts(
        channel, #"mount --bind "$ROOT/tmp" "$ROOT/tmp"; mount -o remount,noexec,bind "$ROOT/tmp""#)
      #expect(fine.status == 0, "\(fine)")
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, to mount")) func aRelayWithAnotherViewIsInTheWay() throws {
    try rehearse { channel in
      let outcome = try inOwnMounts(channel, #"mount -t tmpfs none "$ROOT/tmp""#)
      #expect(
        outcome.status == 3 && outcome.errors.contains("the relay (process") && outcome.errors.contains("PrivateTmp"),
        "\(outcome)")
    }
  }
}
