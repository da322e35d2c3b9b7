import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// kill -9 of a migration command after each thing that it writes down or does, with writers running; one more command
/// recovers, going on or going back. `scripts/crashes --engine` runs it in full, otherwise it is a sample.
@Suite(.serialized, .printsLogs, .enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
struct EngineCrashTests {
  static let isFull = Process.environment("SLUICE_TEST_FULL") != nil

  /// Each move between neighbouring phases, with who writes meanwhile.
  struct Move: CustomTestStringConvertible, Sendable {
    let lower: Phase
    let isUp: Bool
    let writers: [String]
    var upper: Phase { Phase(rawValue: lower.rawValue + 1) ?? lower }
    var source: Phase { isUp ? lower : upper }
    var target: Phase { isUp ? upper : lower }
    var verb: String { isUp ? "apply" : "rollback" }
    var back: String { isUp ? "rollback" : "apply" }
    var testDescription: String { "\(verb) \(source) -> \(target)" }
  }

  static let moves = [
    Move(lower: .fileDrop, isUp: true, writers: ["drop"]), Move(lower: .fileDrop, isUp: false, writers: ["drop"]),
    Move(lower: .runFile, isUp: true, writers: ["drop", "run-file"]),
    Move(lower: .runFile, isUp: false, writers: ["drop", "run-file"]),
    Move(lower: .fifo, isUp: true, writers: ["drop", "run-file", "fifo", "socket"]),
    Move(lower: .fifo, isUp: false, writers: ["drop", "run-file", "fifo", "socket"]),
  ]

  @Test(arguments: moves) func recoversFromAKillAtEachPoint(_ move: Move) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      if move.source > .fileDrop { try channel.apply(move.source.name) }
      var writers: [(String, RunningProgram)] = []
      for name in move.writers { writers.append((name, try channel.writer(name))) }
      var kills = 0
      // Every n-th point; a sample takes some, and others for each move.
      var number = Self.isFull ? 1 : 1 + move.lower.rawValue + (move.isUp ? 0 : 1)
      while true {
        let killed = try channel.engine(move.verb, move.target.name, stop: "*:\(number)")
        guard killed.status == 137 else {
          #expect(killed.status == 0, "\(killed)")
          break
        }
        kills += 1
        try Self.recover(channel, move, number)
        number += Self.isFull ? 1 : 7
      }
      #expect(kills > (Self.isFull ? 12 : 2), "only \(kills) kills")
      try channel.expectSettled(move.target, "at the end")
      if move.target == .fileDrop { try channel.apply("run-file") }
      try channel.waitForWriters()
      var counts: [String: Int] = [:]
      for (name, writer) in writers { counts[name] = try channel.stop(writer, name) }
      try channel.waitUntilDrained()
      let account = try Account(channel)
      for (name, count) in counts { account.expectEach(of: name, upTo: count) }
      #expect(account.quarantined.isEmpty)
      try channel.expectOneEndEach()
      try channel.expectProven()
      print("engine crashes, \(move.testDescription): \(kills) kills, \(counts.sorted { $0.key < $1.key })")
    }
  }

  /// One more command, then back to where the next kill begins.
  private static func recover(_ channel: Rehearsal, _ move: Move, _ number: Int) throws {
    let what = "killed at point \(number) of \(move.testDescription)"
    // Now and then what recovers is killed as well, wherever it is by then.
    if number % 4 == 0 {
      let again = try channel.engine(
        number % 8 == 0 ? move.verb : move.back, number % 8 == 0 ? move.target.name : move.source.name,
        stop: "*:\(1 + number / 4)")
      #expect([0, 137].contains(again.status), "\(what): \(again)")
    }
    if number % 2 == 0 {
      let onward = try channel.engine(move.verb, move.target.name)
      #expect(onward.status == 0, "\(what): \(onward)")
      try channel.expectSettled(move.target, what)
      if number % 5 == 0 { try channel.expectProven() }
      let back = try channel.engine(move.back, move.source.name)
      #expect(back.status == 0, "\(what): \(back)")
    } else {
      let back = try channel.engine(move.back, move.source.name)
      #expect(back.status == 0, "\(what): \(back)")
    }
    try channel.expectSettled(move.source, what)
    if number % 3 == 0 { try channel.expectProven() }
  }
}

extension Rehearsal {
  /// Somebody's message comes through now.
  func waitForWriters() throws {
    let before = try Files.lines(record).count
    try eventually("more messages") { try Files.lines(record).count > before + 3 }
  }
}
