import SluiceTestSupport
import Testing

@testable import SluiceStore

@Suite struct OutcomeSumsTests {
  private static func ids(_ count: Int) -> [String] { (0..<count).map { "c\($0)-\($0 &* 7919)-0" } }

  private func outcomes(_ ids: [String], _ kind: Outcome.Kind = .handled) -> [Outcome] {
    ids.map { Outcome(id: $0, route: "fifo", kind: kind) }
  }

  @Test func whatIsCarriedAlongIsWhatIsThere() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    try state.beginSums()
    let ids = Self.ids(2000)
    try state.commit(outcomes: outcomes(ids, .started), counts: [], auditPosition: nil, at: 1)
    try state.commit(outcomes: outcomes(ids), counts: [], auditPosition: nil, at: 2)
    try state.commit(
      outcomes: outcomes(["x-1", "x-1"]), counts: [], auditPosition: nil, at: 3, forgotten: Array(ids.prefix(500)))
    try state.forget(ids: Array(ids[500..<600]) + ["never"])
    let kept = try state.outcomes()
    #expect(kept.count == 1401 && kept[ids[600]] == .handled)
    #expect(
      try state.outcomeSums() == nil || state.outcomeSums()?.difference(from: OutcomeSums(ids: kept.keys)) == .init())
    let sums = try #require(try state.outcomeSums())
    #expect(sums.sums.values.reduce(0) { $0 + $1.count } == 1401)
    // Opened anew, nothing is summed twice.
    let again = try State(path: "\(root.path)/state.db")
    try again.beginSums()
    #expect(try again.outcomeSums() == sums)
  }

  @Test func whatIsRemovedIsToldByItsNumber() throws {
    let ids = Self.ids(300)
    let sums = OutcomeSums(ids: ids)
    for gone in [[ids[7]], [ids[0], ids[299]], Array(ids.prefix(40)), ids] {
      let difference = sums.difference(from: OutcomeSums(ids: ids.filter { !gone.contains($0) }))
      #expect(difference.missing == Int64(gone.count) && difference.added == 0)
      let numbers = Set(gone.map { OutcomeSums.number(ArraySlice($0.utf8)) })
      #expect(difference.numbers.isSubset(of: numbers) && !difference.numbers.isEmpty)
      if gone.count == 1 { #expect(difference.numbers == numbers) }
    }
  }

  @Test func whatIsAddedOrExchangedIsSeen() throws {
    let ids = Self.ids(10)
    let sums = OutcomeSums(ids: ids)
    let more = sums.difference(from: OutcomeSums(ids: ids + ["other"]))
    #expect(more.added == 1 && more.missing == 0)
    let other = sums.difference(from: OutcomeSums(ids: ids.dropLast() + ["other"]))
    #expect(other.missing == 1 && other.added == 1)
    #expect(sums.difference(from: sums) == .init())
  }

  /// What a version without sums wrote, before or in between, is summed up when a writer begins.
  @Test func anEarlierVersionsRowsAreSummedUp() throws {
    let root = try TemporaryDirectory()
    let path = "\(root.path)/state.db"
    let ids = Self.ids(20)
    let earlier = try State(path: path)
    try earlier.commit(outcomes: outcomes(Array(ids.prefix(10))), counts: [], auditPosition: 100, at: 1)
    #expect(try earlier.outcomeSums() == nil)
    do {
      let state = try State(path: path)
      try state.beginSums()
      #expect(try state.outcomeSums() == OutcomeSums(ids: ids.prefix(10)))
    }
    try earlier.commit(outcomes: outcomes(Array(ids.suffix(10))), counts: [], auditPosition: 200, at: 2)
    #expect(try State.reading(path: path)?.outcomeSums() == nil, "nobody can say")
    let state = try State(path: path)
    try state.beginSums()
    try state.commit(outcomes: [], counts: [], auditPosition: 300, at: 3)
    #expect(try state.outcomeSums() == OutcomeSums(ids: ids))
    try state.database.execute("DELETE FROM outcomes WHERE id='\(ids[3])'")
    let reading = try #require(try State.reading(path: path))
    let difference = try #require(try reading.outcomeSums()).difference(
      from: OutcomeSums(ids: try reading.outcomes().keys))
    #expect(difference.missing == 1 && difference.numbers == [OutcomeSums.number(ArraySlice(ids[3].utf8))])
  }
}
