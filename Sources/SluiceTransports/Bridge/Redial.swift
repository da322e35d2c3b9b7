/// When the next attempt to connect is due: soon at first, seldom where attempts go on failing.
struct Redial {
  private static let first: Int64 = 20_000_000
  private static let urgent: Int64 = 100_000_000
  private static let seldom: Int64 = 2_000_000_000
  /// A server makes its socket first and gives it to its clients then.
  private static let refusalsInARow = 4

  private(set) var hasConnected = false
  /// Nanoseconds of the monotonic clock; nil where nothing keeps from an attempt.
  private(set) var time: Int64?
  /// Why the last attempt failed.
  private(set) var failure: TransportFailure?
  private var delay = first
  private var refusals = 0

  var mayStillBeOpened: Bool { refusals < Self.refusalsInARow }

  mutating func connected() {
    hasConnected = true
    time = nil
    refusals = 0
  }

  mutating func failed(_ failure: TransportFailure, now: Int64) {
    self.failure = failure
    refusals = 0
    time = now + delay
    delay = min(delay * 2, Self.seldom)
  }

  mutating func refused(_ failure: TransportFailure, now: Int64) {
    self.failure = failure
    refusals += 1
    time = now + Self.first
  }

  /// A connection is gone; one that was of no use counts as an attempt that failed.
  mutating func lost(now: Int64, wasUseful: Bool) {
    if wasUseful { delay = Self.first }
    time = now + delay
    delay = min(delay * 2, Self.seldom)
  }

  /// Somebody waits now.
  mutating func hurry(now: Int64) { time = time.map { min($0, now + Self.urgent) } }
}
