/// A rate: `capacity` calls at once, refilled evenly over `period`. The clock is the caller's.
package struct TokenBucket: Sendable {
  package let capacity: Int64
  /// Nanoseconds in which an empty bucket fills.
  package let period: Int64
  private var tokens: Double
  private var updated: Int64

  package init(capacity: Int64, period: Int64, now: Int64) {
    self.capacity = max(1, capacity)
    self.period = max(1, period)
    tokens = Double(self.capacity)
    updated = now
  }

  /// Takes one token: nil when there was one, else the nanoseconds until there will be.
  package mutating func take(now: Int64) -> Int64? {
    let elapsed = max(0, now.subtractingReportingOverflow(updated).partialValue)
    updated = max(updated, now)
    tokens = min(Double(capacity), tokens + Double(elapsed) * Double(capacity) / Double(period))
    // A waiter that comes when it was told to must not be sent away by the rounding of the division.
    if tokens >= 1 - 1e-9 {
      tokens = max(0, tokens - 1)
      return nil
    }
    return Int64(exactly: ((1 - tokens) * Double(period) / Double(capacity)).rounded(.up)) ?? .max
  }

  /// Whether it is full, so that it can be forgotten.
  package func isFull(now: Int64) -> Bool {
    tokens + Double(max(0, now.subtractingReportingOverflow(updated).partialValue)) * Double(capacity) / Double(period)
      >= Double(capacity)
  }
}

/// A token bucket for each user; full ones are forgotten, so that memory is bounded by those who call.
package struct UserRates: Sendable {
  private let capacity: Int64
  private let period: Int64
  private var buckets: [UInt32: TokenBucket] = [:]
  private let most: Int

  package init(capacity: Int64, period: Int64, most: Int = 65536) {
    self.capacity = capacity
    self.period = period
    self.most = most
  }

  /// Takes a token of a user's: nil when there was one, else the nanoseconds to wait.
  package mutating func take(uid: UInt32, now: Int64) -> Int64? {
    if buckets.count >= most { buckets = buckets.filter { !$0.value.isFull(now: now) } }
    if buckets.count >= most, buckets[uid] == nil { return period / max(1, capacity) }
    return buckets[uid, default: TokenBucket(capacity: capacity, period: period, now: now)].take(now: now)
  }
}
