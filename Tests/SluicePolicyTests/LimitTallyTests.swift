import SluicePolicy
import Testing

/// What is told of limits, and when.
@Suite struct LimitTallyTests {
  @Test func theFirstIsToldAtOnceAndTheOthersTogether() {
    let tally = Book(LimitTally())
    #expect(tally.count(.connections, uid: 1001))
    for _ in 0..<99 { #expect(!tally.count(.connections, uid: 1001)) }
    #expect(tally.count(.rate, uid: 1001))
    #expect(tally.count(.connections, uid: 1002))
    let told = tally.report()
    #expect(told.map(\.untold) == [99])
    #expect(told.first?.key == LimitTally.Key(limit: .connections, uid: 1001))
    // It goes on: told in the next report, not at once.
    #expect(!tally.count(.connections, uid: 1001))
    #expect(tally.report().map(\.untold) == [1])
    // A quiet interval, and the next one is news again.
    #expect(tally.report().isEmpty)
    #expect(tally.isQuiet)
    #expect(tally.count(.connections, uid: 1001))
    #expect(tally.all.first?.total == 102)
  }

  @Test func manyUsersAreCountedAsOthers() {
    let tally = Book(LimitTally(most: 10))
    var told = 0
    for uid in UInt32(0)..<1000 where tally.count(.strangers, uid: uid) { told += 1 }
    #expect(told == 11)
    #expect(tally.all.count == 11)
    #expect(tally.all.first?.key == LimitTally.Key(limit: .strangers, uid: nil))
    #expect(tally.all.reduce(0) { $0 + $1.total } == 1000)
  }
}

/// A tally that is changed within an expectation.
private final class Book {
  private var tally: LimitTally
  init(_ tally: LimitTally) { self.tally = tally }
  var all: [LimitTally.Entry] { tally.all }
  var isQuiet: Bool { tally.isQuiet }
  func count(_ limit: Limit, uid: UInt32?) -> Bool { tally.count(limit, uid: uid) }
  func report() -> [LimitTally.Entry] { tally.report() }
}
