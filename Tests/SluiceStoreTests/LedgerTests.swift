import SluiceStore
import SluiceTestSupport
import Testing

/// The ledger, outcomes and facts of `state.db`.
@Suite struct LedgerTests {
  private static func entry(
    _ route: String, _ generation: Int64 = 0, accepted: Int64 = 0, handled: Int64 = 0, failed: Int64 = 0,
    rejected: Int64 = 0, quarantined: Int64 = 0, canaries: Int64 = 0
  ) -> LedgerEntry {
    var entry = LedgerEntry(route: route, generation: generation)
    entry.accepted = accepted
    entry.handled = handled
    entry.failed = failed
    entry.rejected = rejected
    entry.quarantined = quarantined
    entry.canaries = canaries
    return entry
  }

  @Test func countsAddUpByRouteAndGeneration() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    let batches: [[LedgerEntry]] = [
      [Self.entry("fifo", accepted: 5, handled: 2, failed: 1), Self.entry("socket", accepted: 1, rejected: 1)],
      [Self.entry("fifo", accepted: 1, handled: 1, quarantined: 1), Self.entry("fifo", 1, accepted: 1)],
      [Self.entry("fifo", failed: 1), Self.entry("run-file"), Self.entry("fifo", canaries: 3)],
    ]
    for batch in batches { try state.commit(outcomes: [], counts: batch, auditPosition: nil, at: 1) }
    let expected = [
      Self.entry("fifo", accepted: 6, handled: 3, failed: 2, quarantined: 1, canaries: 3),
      Self.entry("socket", accepted: 1, rejected: 1), Self.entry("fifo", 1, accepted: 1),
    ]
    #expect(try state.ledger() == expected)
    #expect(try state.ledger().map(\.pending) == [2, 0, 1])
    var sum = Self.entry("fifo")
    for entry in batches.joined() where entry.route == "fifo" && entry.generation == 0 { sum.add(entry) }
    #expect(sum == expected[0])
    // A route of which nothing is known has no row.
    #expect(Self.entry("run-file").isEmpty)
  }

  @Test func anOutcomeIsOneWhateverIsCommittedAgain() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    let id = "c'; DROP TABLE outcomes; --\0ü"
    #expect(try state.outcome(of: id) == nil)
    for kind in [Outcome.Kind.started, .handled, .handled] {
      try state.commit(
        outcomes: [Outcome(id: id, route: "fifo", kind: kind)], counts: [], auditPosition: 17, at: 1)
      #expect(try state.outcome(of: id) == kind)
    }
    #expect(try state.outcomes() == [id: .handled])
    #expect(try state.fact("audit-position") == 17)
    try state.commit(outcomes: [], counts: [], auditPosition: nil, at: 2)
    #expect(try state.fact("audit-position") == 17)
    try state.forget(ids: [id, "unknown"])
    #expect(try state.outcomes().isEmpty)
  }

  @Test func aThrownCommitLeavesNothing() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    #expect(throws: StoreFailure.self) {
      try state.database.transaction { () throws(StoreFailure) in
        try state.setFact("x", 1)
        try state.database.execute("no such words")
      }
    }
    #expect(try state.fact("x") == nil)
    // And the next one works.
    try state.setFact("x", 2)
    #expect(try state.fact("x") == 2)
  }

  @Test func aMoveOfThePhaseBeginsAGeneration() throws {
    let root = try TemporaryDirectory()
    let path = "\(root.path)/state.db"
    do {
      let state = try State(path: path)
      #expect(try state.phase() == 0)
      #expect(try state.generation() == 0)
      try state.move(toPhase: 2)
      try state.move(toPhase: 1)
    }
    let state = try State(path: path, power: true)
    #expect(try state.phase() == 1)
    #expect(try state.generation() == 2)
  }

  @Test func whatIsOpenedForReadingCannotWrite() throws {
    let root = try TemporaryDirectory()
    let path = "\(root.path)/state.db"
    #expect(try State.reading(path: path) == nil)
    #expect(try root.names().isEmpty)
    let writer = try State(path: path)
    try writer.setFact("x", 1)
    let reader = try #require(try State.reading(path: path))
    #expect(try reader.fact("x") == 1)
    #expect(throws: StoreFailure.self) { try reader.setFact("x", 2) }
    #expect(throws: StoreFailure.self) { try reader.database.execute("CREATE TABLE t(x)") }
    #expect(throws: StoreFailure.self) {
      try reader.commit(outcomes: [], counts: [Self.entry("fifo", accepted: 1)], auditPosition: 1, at: 1)
    }
    #expect(throws: StoreFailure.self) { _ = try reader.beginRun(verb: "apply", from: 0, to: 1, uid: 0, at: 1) }
    #expect(try reader.fact("x") == 1)
    // It sees what is written later.
    try writer.setFact("x", 3)
    #expect(try reader.fact("x") == 3)
  }

  @Test func aLinkInThePlaceOfTheDatabaseIsRefused() throws {
    let root = try TemporaryDirectory()
    _ = try State(path: "\(root.path)/real.db")
    try root.link("real.db", to: "state.db")
    #expect(throws: StoreFailure.self) { _ = try State(path: "\(root.path)/state.db") }
  }

  @Test func whatIsNoDatabaseIsAnError() throws {
    let root = try TemporaryDirectory()
    try root.write("state.db", String(repeating: "this is no database. ", count: 100))
    let failure = #expect(throws: StoreFailure.self) { _ = try State(path: "\(root.path)/state.db") }
    #expect(failure?.code == 26)
    #expect(failure?.description.hasPrefix("\(root.path)/state.db: cannot ") == true)
  }
}
