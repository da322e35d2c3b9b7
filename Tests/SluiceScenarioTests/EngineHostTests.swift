import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What the host is like after a reboot, and after the way up and down again.
@Suite(.serialized, .printsLogs) struct EngineHostTests {
  private static func message(_ label: String) -> String { #"{"method":"note","params":{"label":"\#(label)"}}"# }

  /// A message through each route that is open in the phase, and what they are.
  private func sendThroughAll(_ channel: Rehearsal, _ phase: Phase, _ round: String) throws -> [String] {
    var sent: [String] = []
    for kind in [TransportKind.fileDrop] + phase.openTransports where phase > .fileDrop {
      let text = Self.message("\(round)-\(kind.rawValue)")
      let outcome = try channel.sluice("send", "--transport", kind.rawValue, text)
      #expect(outcome.status == 0, "\(outcome)")
      sent.append(text)
    }
    for text in sent { try channel.waitUntilHandled(text) }
    return sent
  }

  struct Moment: Sendable {
    let verb: String
    let from: Phase
    let to: Phase
    let stop: String
    let goesOn: Bool
  }

  private static let moves: [(String, Phase, Phase, String)] = [
    ("rollback", .runFile, .fileDrop, "engine.moved:1"), ("apply", .fileDrop, .runFile, "engine.placed:2"),
    ("apply", .fileDrop, .runFile, "engine.moved:1"), ("rollback", .socket, .fifo, "engine.acted:3"),
    ("apply", .runFile, .fifo, "engine.identified:1"), ("rollback", .runFile, .fileDrop, "engine.removed:1"),
    ("apply", .fifo, .socket, "engine.acted:2"), ("rollback", .fifo, .runFile, "engine.acted:3"),
  ]
  /// By turns going on and going back; with SLUICE_TEST_FULL both for each.
  static let moments = moves.enumerated().flatMap { index, move in
    [false, true].filter { EngineCrashTests.isFull || $0 == (index % 2 == 1) }.map {
      Moment(verb: move.0, from: move.1, to: move.2, stop: move.3, goesOn: $0)
    }
  }

  /// As a reboot does: processes are gone, and so is what lies in memory.
  private func reboot(_ channel: Rehearsal, _ services: [Service]) throws {
    for service in services { service.kill() }
    try channel.shell(#"rm -rf "$DIR"; find "$ROOT/tmp" -mindepth 1 -delete"#)
    try channel.serve()
    try channel.relay()
    try channel.waitForRelay()
  }

  @Test(arguments: [Phase.fileDrop, .runFile, .fifo, .socket]) func aRebootInAPhase(_ phase: Phase) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let services = [try channel.serve(), try channel.relay()]
      try channel.waitForRelay()
      if phase > .fileDrop { try channel.apply(phase.name) }
      var sent = try sendThroughAll(channel, phase, "before")
      try channel.waitUntilDrained()
      try reboot(channel, services)
      // Without any command: what was applied is there again.
      try channel.expectSettled(phase, "after a reboot")
      try channel.expectProven()
      sent += try sendThroughAll(channel, phase, "after")
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record).sorted() == sent.sorted())
      try channel.expectOneEndEach()
      // And the way goes on, both ways.
      if phase < .socket { try channel.apply("socket") }
      try channel.rollback("file-drop")
      try channel.expectProven()
    }
  }

  /// The last phase: what was given up stays away, and the seal that went with /tmp is made again by the same command.
  @Test(.enabled(if: Privilege.isRoot, "needs root, for CAP_LINUX_IMMUTABLE"))
  func aRebootInPhaseRetired() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.askForQuiet("1ms")
      let services = [try channel.serve(), try channel.relay()]
      try channel.waitForRelay()
      try channel.apply("socket")
      defer { channel.unseal() }
      let words = ["--confirm", channel.drop, "--waive", "gaps", "--reason", "test"]
      #expect(try channel.retire(words).status == 0)
      channel.unseal()
      try reboot(channel, services)
      #expect(try channel.status().text("phase") == "retired")
      let open = try channel.status().objects("routes").filter { $0.flag("open") == true }
      #expect(open.compactMap { $0.text("route") } == ["socket"])
      #expect(try !Files.exists(channel.runFile) && !Files.exists(channel.fifo))
      let verified = try channel.sluice("verify")
      #expect(verified.status == 4 && verified.output.contains("the seal at"), "\(verified)")
      let next = try #require(channel.status().text("next"))
      #expect(next == "sluice retire --root \(channel.root)")
      #expect(try channel.retire().status == 0)
      #expect(try channel.shell("echo x > $DROP").status != 0)
      try channel.expectProven()
      let text = Self.message("after")
      #expect(try channel.sluice("send", text).status == 0)
      try channel.waitUntilHandled(text)
    }
  }

  @Test(
    .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"),
    arguments: moments)
  func aRebootInTheMiddleOfARun(_ move: Moment) throws {
    let goesOn = move.goesOn
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let services = [try channel.serve(), try channel.relay()]
      try channel.waitForRelay()
      if move.from > .fileDrop { try channel.apply(move.from.name) }
      let sent = try sendThroughAll(channel, move.from, "before")
      try channel.waitUntilDrained()
      let killed = try channel.engine(move.verb, move.to.name, stop: move.stop)
      try #require(killed.status == 137, "\(killed)")
      try reboot(channel, services)
      let other = move.verb == "apply" ? "rollback" : "apply"
      let next = try channel.sluice(goesOn ? move.verb : other, "--yes")
      #expect(next.status == 0, "\(next)")
      try channel.expectSettled(goesOn ? move.to : move.from, "\(move) and a reboot")
      try channel.expectProven()
      let more = try sendThroughAll(channel, goesOn ? move.to : move.from, "after")
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record).sorted() == (sent + more).sorted())
    }
  }

  // MARK: Up and down

  /// Names, kinds, modes and owners below the root, state and log directories aside, and what is in the files.
  private func host(_ channel: Rehearsal) throws -> [String] {
    try channel.shell(
      #"""
      cd "$ROOT" && find . \( -path ./var -o -path ./logs -o -path ./handled \) -prune -o -printf '%p %y %m %U %G\n' | sort
      find . \( -path ./var -o -path ./logs -o -path ./handled \) -prune -o -type f -exec sha256sum {} + | sort
      """#
    ).lines.map(String.init)
  }

  @Test(arguments: [false, true]) func tenPhasesUpAndDownLeaveTheHostAsFound(existedBefore: Bool) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      // With another mode than is declared, where the way back must restore it.
      if existedBefore {
        let made = try channel.shell(
          #"""
          set -e; mkdir -m 0700 "$DIR"; mkdir -m 0711 "$DIR/claimed"; mkdir -m 0750 "$DIR/theirs"
          echo note > "$DIR/mcp.lock"; chmod 0640 "$DIR/mcp.lock"; mkfifo -m 0640 "$DIR/mcp.fifo"
          echo words > "$DIR/theirs/file"; echo words > "$ROOT/tmp/others.json"; chmod 0666 "$ROOT/tmp/others.json"
          ! chown 1001:1002 "$DIR/theirs/file" "$ROOT/tmp/others.json" || :
          """#)
        #expect(made.status == 0, "\(made)")
      }
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let before = try host(channel)
      var round = 0
      // Three up and three down one by one, then all the way and back in two: twelve moves.
      for phase in ["run-file", "fifo", "socket", "fifo", "run-file", "file-drop", "socket", "run-file", "file-drop"] {
        let isUp = try #require(Phase(channel.status().text("phase") ?? "")) < (try #require(Phase(phase)))
        let outcome = try channel.sluice(isUp ? "apply" : "rollback", "--to", phase, "--yes")
        #expect(outcome.status == 0, "\(outcome)")
        if phase == "socket" {
          #expect(try Files.status("\(channel.runtime)/claimed")?.mode == 0o700)
          round += 1
          _ = try sendThroughAll(channel, .socket, "round-\(round)")
        }
      }
      try channel.expectProven()
      let after = try host(channel)
      let difference = Set(before).symmetricDifference(after).sorted()
      #expect(difference.isEmpty, "\(difference)")
      let spool = try Files.names("\(channel.state)/spool")
      #expect(!spool.contains { $0.hasPrefix(".preflight") }, "\(spool)")
    }
  }
}
