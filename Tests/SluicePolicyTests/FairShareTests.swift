import SluicePolicy
import Testing

/// Who gets how much of a pool.
@Suite struct FairShareTests {
  /// Units that a user gets, one by one, before it is refused.
  private func fill(_ pool: Pool, _ uid: UInt32) -> Int {
    var count = 0
    while pool.take(for: uid) == nil, count < 100_000 { count += 1 }
    return count
  }

  @Test func whoeverComesNextGetsSomething() {
    let pool = Pool(FairShare(capacity: 1024))
    var held: [Int] = []
    for uid in UInt32(1)...6 { held.append(fill(pool, uid)) }
    #expect(held == [512, 170, 85, 51, 34, 24])
    #expect(pool.used == held.reduce(0, +))
    // Nobody's filling took away what another had.
    for (uid, count) in zip(UInt32(1)..., held) { #expect(pool.held(by: uid) == count) }
  }

  @Test func usersWithAReserveTakeAllThatIsLeft() {
    let pool = Pool(FairShare(capacity: 100, reserve: 10, reservedFor: [0]))
    #expect(fill(pool, 1001) == 45)
    for uid in UInt32(2000)..<2100 { _ = fill(pool, uid) }
    #expect(pool.used == 90)
    #expect(pool.take(for: 3000) == .total(capacity: 100))
    #expect(fill(pool, 0) == 10)
    #expect(pool.take(for: 0) == .total(capacity: 100))
    let own = Pool(FairShare(capacity: 100, reserve: 10, reservedFor: [0]))
    #expect(fill(own, 0) == 100)
  }

  @Test(
    arguments: [
      (capacity: 0, limit: nil, expected: 0), (1, nil, 1), (2, nil, 1), (3, nil, 1), (4, nil, 2), (100, 7, 7),
      (5, 7, 5),
      (100, 0, 0), (-3, nil, 0),
    ] as [(capacity: Int, limit: Int?, expected: Int)])
  func smallPools(capacity: Int, limit: Int?, expected: Int) {
    let pool = Pool(FairShare(capacity: capacity, userLimit: limit))
    #expect(fill(pool, 1) == expected)
  }

  @Test func refusalsSayTheUsersOwnNumbers() {
    let pool = Pool(FairShare(capacity: 8, userLimit: 2))
    #expect(pool.take(2, for: 1) == nil)
    #expect(pool.take(for: 1) == .user(limit: 2))
    let shared = Pool(FairShare(capacity: 8))
    #expect(fill(shared, 1) == 4)
    #expect(shared.take(for: 1) == .share(held: 4))
  }

  @Test func allOrNothing() {
    let pool = Pool(FairShare(capacity: 10, userLimit: 10))
    #expect(pool.take(11, for: 1) != nil)
    #expect(pool.take(.max, for: 1) != nil)
    #expect(pool.take(-1, for: 1) != nil)
    #expect(pool.take(.min, for: 1) != nil)
    #expect(pool.used == 0)
    #expect(pool.take(10, for: 1) == nil)
    #expect(pool.used == 10)
  }

  @Test func neverNegativeAndNeverOverflowing() {
    let pool = Pool(FairShare(capacity: 10))
    pool.give(5, of: 1)
    pool.give(-5, of: 1)
    pool.give(.min, of: 1)
    #expect(pool.used == 0 && pool.held(by: 1) == 0)
    #expect(pool.change(by: .min, of: 1))
    #expect(pool.used == 0)
    #expect(!pool.change(by: .max, of: 1))
    #expect(!pool.change(by: .max, of: 1))
    #expect(!pool.change(by: .max, of: 2))
    #expect(pool.used >= pool.held(by: 1) && pool.used > 0)
    #expect(pool.take(for: 3) == .total(capacity: 10))
    pool.give(.max, of: 1)
    pool.give(.max, of: 2)
    #expect(pool.used == 0)
  }

  @Test func whatIsThereAlreadyIsCountedOverTheLimit() {
    let pool = Pool(FairShare(capacity: 100))
    #expect(pool.change(by: 50, of: 1))
    #expect(!pool.change(by: 1, of: 1))
    #expect(pool.held(by: 1) == 51)
    #expect(pool.change(by: -1, of: 1))
    // The other is bounded by what is left, and no worse off for it.
    #expect(pool.limit(for: 2) == 16)
  }

  @Test func releasesAreForgotten() {
    let pool = Pool(FairShare(capacity: 1000))
    for uid in UInt32(0)..<500 { #expect(pool.take(for: uid) == nil) }
    for uid in UInt32(0)..<500 { pool.give(of: uid) }
    #expect(pool.used == 0)
    #expect(pool.limit(for: 1) == 500)
  }
}

/// A pool that is changed within an expectation.
private final class Pool {
  private var share: FairShare
  init(_ share: FairShare) { self.share = share }
  var used: Int { share.used }
  func held(by uid: UInt32) -> Int { share.held(by: uid) }
  func limit(for uid: UInt32) -> Int { share.limit(for: uid) }
  func take(_ count: Int = 1, for uid: UInt32) -> FairShare.Excess? { share.take(count, for: uid) }
  func give(_ count: Int = 1, of uid: UInt32) { share.give(count, of: uid) }
  func change(by difference: Int, of uid: UInt32) -> Bool { share.change(by: difference, of: uid) }
}
