import SluicePolicy
import Testing

@testable import SluiceTransports

/// What runs out when, with times as numbers.
@Suite struct ConnectionDeadlinesTests {
  typealias Facts = ConnectionDeadlines.Facts
  typealias Verdict = ConnectionDeadlines.Verdict

  static let all = ConnectionDeadlines(firstByte: 60, idle: 1000, unfinished: 30, stalled: 300)
  static let standard = ConnectionDeadlines(firstByte: 60, unfinished: 30, stalled: 300)

  static let cases: [(ConnectionDeadlines, Facts, now: Int64, Verdict)] = [
    (all, Facts(connected: 0), 0, .lookAgain(at: 60)),
    (all, Facts(connected: 0), 59, .lookAgain(at: 60)),
    (all, Facts(connected: 0), 60, .end(.firstByte)),
    (ConnectionDeadlines(idle: 100), Facts(connected: 0), 100, .end(.idle)),
    (all, Facts(connected: 0, lastRead: 50), 60, .lookAgain(at: 1050)),
    (all, Facts(connected: 0, lastRead: 50), 1050, .end(.idle)),
    (all, Facts(connected: 0, lastRead: 50, calls: 1), 5000, .rest),
    (standard, Facts(connected: 0, lastRead: 50), 1 << 60, .rest),
    // A byte a second does not help: what counts is when the message began.
    (standard, Facts(connected: 0, lastRead: 99, messageBegan: 70), 99, .lookAgain(at: 100)),
    (standard, Facts(connected: 0, lastRead: 99, messageBegan: 70), 100, .end(.unfinished)),
    (standard, Facts(connected: 0, lastRead: 10, blockedSince: 20), 319, .lookAgain(at: 320)),
    (standard, Facts(connected: 0, lastRead: 10, blockedSince: 20, calls: 3), 320, .end(.stalled)),
    // Who has replies to read is not idle.
    (all, Facts(connected: 0, lastRead: 10, blockedSince: 1009), 1010, .lookAgain(at: 1309)),
    (ConnectionDeadlines(), Facts(connected: 0, messageBegan: 0, blockedSince: 0), .max, .rest),
    (ConnectionDeadlines(firstByte: .max), Facts(connected: 5), .max, .rest),
  ]

  @Test(arguments: cases.indices) func verdicts(index: Int) {
    let (deadlines, facts, now, expected) = Self.cases[index]
    #expect(deadlines.verdict(facts, now: now) == expected)
  }
}
