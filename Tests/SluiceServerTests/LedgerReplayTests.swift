import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing

@testable import SluiceServer

/// What a kill took from the database is read again from the audit log, once.
@Suite struct LedgerReplayTests {
  private let log = """
    {"seq":1,"time":"t","event":"started","channel":"c"}
    {"seq":2,"time":"t","event":"handled","route":"socket","gen":1,"bytes":1}
    {"seq":3,"time":"t","event":"handled","route":"fifo","gen":1,"id":"f1-0","bytes":1}
    {"seal":{"records":3,"prev":"x","sha256":"y"}}
    {"seq":4,"time":"t","event":"failed","route":"fifo","gen":2,"id":"f1-1","bytes":1}
    {"seq":5,"time":"t","event":"quarantined","route":"file-drop","gen":2,"id":"c1-0","bytes":1}
    {"seq":6,"time":"t","event":"canary","route":"socket","gen":2,"bytes":1}
    {"seq":7,"time":"t","event":"rejected","route":"socket","gen":2,"bytes":1}

    """

  private func run(
    _ state: State, _ known: inout [String: Outcome.Kind], _ text: String, in directory: TemporaryDirectory
  )
    throws -> Int
  {
    let place = try Directory.open(directory.path)
    try place.replaceFile("log", with: Array(text.utf8), mode: 0o600)
    return try LedgerReplay.run(
      AuditFiles(in: place, name: "log"), end: Int64(text.utf8.count), state: state, known: &known)
  }

  @Test func everythingIsCountedOnce() throws {
    let directory = try TemporaryDirectory()
    let state = try State(path: "\(directory.path)/state.db")
    var known: [String: Outcome.Kind] = [:]
    #expect(try run(state, &known, log, in: directory) == 6)
    #expect(try run(state, &known, log, in: directory) == 0)
    #expect(known == ["f1-0": .handled, "f1-1": .failed, "c1-0": .quarantined])
    let rows = try state.ledger()
    #expect(rows.reduce(0) { $0 + $1.accepted } == 5)
    #expect(rows.reduce(0) { $0 + $1.canaries } == 1)
    #expect(rows.allSatisfy { $0.pending == 0 })
    #expect(try state.outcome(of: "f1-1") == .failed)
  }

  @Test func anOutcomeThatReachedTheDatabaseIsNotCountedAgain() throws {
    let directory = try TemporaryDirectory()
    let state = try State(path: "\(directory.path)/state.db")
    var entry = LedgerEntry(route: "fifo", generation: 1)
    entry.add(.handled)
    try state.commit(
      outcomes: [Outcome(id: "f1-0", route: "fifo", kind: .handled)], counts: [entry], auditPosition: nil, at: 1)
    var known = try state.outcomes()
    #expect(try run(state, &known, log, in: directory) == 5)
    #expect(try state.ledger().first { $0.route == "fifo" && $0.generation == 1 }?.accepted == 1)
  }

  @Test func anInterruptedCallThatEndedIsCounted() throws {
    let directory = try TemporaryDirectory()
    let state = try State(path: "\(directory.path)/state.db")
    try state.commit(
      outcomes: [Outcome(id: "f1-1", route: "fifo", kind: .started)], counts: [], auditPosition: nil, at: 1)
    var known = try state.outcomes()
    _ = try run(state, &known, log, in: directory)
    #expect(known["f1-1"] == .failed)
    #expect(try state.outcome(of: "f1-1") == .failed)
  }
}
