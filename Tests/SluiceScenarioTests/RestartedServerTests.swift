import SluiceChannel
import SluiceSystem
import Testing

/// The server is killed while a migration command is between two of its steps, and started again: the new process opens
/// what is recorded, which may lack what the run had opened. Nobody's message is lost in what nobody reads.
@Suite(.serialized, .printsLogs, .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
struct RestartedServerTests {
  /// A move up, and the intent at which the command stands still while the server dies.
  struct Moment: CustomTestStringConvertible, Sendable {
    let source: Phase
    let intent: Int
    var target: Phase { Phase(rawValue: source.rawValue + 1) ?? source }
    var testDescription: String { "\(source) -> \(target), intent \(intent)" }
    /// One of those through whom something comes meanwhile, as a client writes to it.
    var script: String {
      source == .fileDrop
        ? #"( flock -x 200; echo "$1" >> "$DIR/mcp_in.json" ) 200>"$DIR/mcp.lock""# : #"echo "$1" >> "$DIR/mcp.fifo""#
    }
  }

  // Prove, marker, cut over and settle of each.
  static let moments =
    (9...12).map { Moment(source: .fileDrop, intent: $0) } + (4...7).map { Moment(source: .runFile, intent: $0) }
    + (3...6).map { Moment(source: .fifo, intent: $0) }

  private func stand(
    at moment: Moment, _ body: (Rehearsal, Service, RunningProgram, (Int) throws -> Void) throws -> Void
  ) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      if moment.source > .fileDrop { try channel.apply(moment.source.name) }
      let command = try RunningProgram(
        channel.words(["apply", "--to", moment.target.name, "--yes"], of: Places.instrumented),
        variables: channel.variables + ["SLUICE_STOP=engine.intended:\(moment.intent)", "SLUICE_STOP_BY=STOP"])
      try eventually("the command stands still") {
        try Files.text("/proc/\(command.pid)/stat").split(separator: ")").last?.hasPrefix(" T") == true
      }
      try body(channel, server, command) { number in
        let sent = try channel.shell(
          "timeout 10 /bin/bash -c '\(moment.script)' bash \"$1\"", LegacyWriter.message("late", number))
        try #require(sent.status == 0, "\(sent)")
      }
    }
  }

  private func expectEachOnce(_ channel: Rehearsal, upTo count: Int) throws {
    for number in 1...count { try channel.waitUntilHandled(LegacyWriter.message("late", number)) }
    try channel.waitUntilDrained()
    let account = try Account(channel)
    account.expectEach(of: "late", upTo: count)
    #expect(account.quarantined.isEmpty)
    try channel.expectOneEndEach()
    try channel.expectProven()
  }

  /// It is started again before the command goes on: whether that ends well or not, what it says is so.
  @Test(arguments: moments) func whatTheRunOpenedIsOpenInTheNewProcess(_ moment: Moment) throws {
    try stand(at: moment) { channel, server, command, write in
      server.kill()
      try write(1)
      try channel.serve()
      try channel.waitForRelay()
      try write(2)
      try command.signal("CONT")
      let outcome = try command.end(seconds: 60)
      if outcome.status == 0 {
        try channel.expectSettled(moment.target, "\(outcome)")
        try write(3)
        try channel.waitUntilHandled(LegacyWriter.message("late", 3))
      } else {
        try channel.apply(moment.target.name)
        try channel.expectSettled(moment.target, "after \(outcome)")
        try write(3)
      }
      try channel.rollback(moment.source.name)
      try channel.expectSettled(moment.source, "back")
      try expectEachOnce(channel, upTo: 3)
    }
  }

  /// It is started again after the command gave up: what was written meanwhile is read before its place is removed.
  @Test(arguments: moments) func whatWasWrittenIsReadBeforeItsPlaceGoes(_ moment: Moment) throws {
    try stand(at: moment) { channel, server, command, write in
      server.kill()
      try write(1)
      try command.signal("CONT")
      let outcome = try command.end(seconds: 60)
      #expect(outcome.status != 0, "\(outcome)")
      try write(2)
      try channel.serve()
      try channel.waitForRelay()
      try write(3)
      try channel.rollback(moment.source.name)
      try channel.expectSettled(moment.source, "back after \(outcome)")
      try expectEachOnce(channel, upTo: 3)
    }
  }
}
