import SluicePolicy
import Testing

/// Rates, by a clock that the test moves.
@Suite struct TokenBucketTests {
  static let second: Int64 = 1_000_000_000

  @Test(
    arguments: [
      (1, second), (3, second), (7, second), (10, second), (100, 3600 * second), (1000, 60 * second), (1, 1),
      (1_000_000, second), (3, 7),
    ] as [(Int64, Int64)])
  func afterTheTimeThatItTellsThereIsOne(_ capacity: Int64, _ period: Int64) {
    var now: Int64 = 123_456_789
    var bucket = TokenBucket(capacity: capacity, period: period, now: now)
    for _ in 0..<min(capacity, 10_000) { #expect(bucket.take(now: now) == nil) }
    guard capacity <= 10_000 else { return }
    for _ in 0..<100 {
      guard let wait = bucket.take(now: now) else {
        Issue.record("more than its capacity")
        return
      }
      #expect(wait > 0)
      #expect(wait <= period / capacity + 1)
      now += wait
      #expect(bucket.take(now: now) == nil)
    }
  }

  @Test func itNeverHoldsMoreThanItsCapacity() {
    var bucket = TokenBucket(capacity: 2, period: Self.second, now: 0)
    #expect(bucket.isFull(now: 0))
    let later = 1000 * Self.second
    #expect(bucket.take(now: later) == nil)
    #expect(!bucket.isFull(now: later))
    #expect(bucket.take(now: later) == nil)
    #expect(bucket.take(now: later) == Self.second / 2)
    #expect(bucket.isFull(now: later + Self.second))
  }

  @Test func aClockThatGoesBackGivesNothingAndTakesNothing() {
    var bucket = TokenBucket(capacity: 1, period: Self.second, now: 100 * Self.second)
    #expect(bucket.take(now: 100 * Self.second) == nil)
    #expect(bucket.take(now: 50 * Self.second) != nil)
    #expect(bucket.take(now: 100 * Self.second + Self.second / 2) != nil)
    #expect(bucket.take(now: 101 * Self.second) == nil)
  }

  @Test(
    arguments: [(0, 0, 0), (-1, -1, .max), (.max, .max, .min), (1, .max, 0), (1, 1, .min)] as [(Int64, Int64, Int64)])
  func noNumberTraps(_ capacity: Int64, _ period: Int64, _ now: Int64) {
    var bucket = TokenBucket(capacity: capacity, period: period, now: now)
    #expect(bucket.take(now: now) == nil)
    for other in [Int64.min, -1, 0, 1, .max] {
      if let wait = bucket.take(now: other) { #expect(wait >= 0) }
      _ = bucket.isFull(now: other)
    }
  }

  @Test func usersDoNotSpendEachOthersTokens() {
    var rates = UserRates(capacity: 2, period: Self.second)
    #expect(rates.take(uid: 1, now: 0) == nil)
    #expect(rates.take(uid: 1, now: 0) == nil)
    #expect(rates.take(uid: 1, now: 0) == Self.second / 2)
    #expect(rates.take(uid: 2, now: 0) == nil)
  }

  @Test func fullBucketsAreForgottenAndOthersKeptWhenThereAreTooMany() {
    var rates = UserRates(capacity: 1, period: Self.second, most: 2)
    #expect(rates.take(uid: 1, now: 0) == nil)
    #expect(rates.take(uid: 2, now: 0) == nil)
    // Both are in use: a third must wait, and costs them nothing.
    #expect(rates.take(uid: 3, now: 0) == Self.second)
    #expect(rates.take(uid: 1, now: 0) == Self.second)
    #expect(rates.take(uid: 3, now: Self.second) == nil)
  }
}
