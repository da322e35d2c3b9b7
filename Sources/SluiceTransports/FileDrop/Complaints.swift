internal import SluiceSystem

/// Which troubles with claiming have been told of: each spell once, and no more than one in ten seconds of a path.
struct Complaints {
  private static let interval: Int64 = 10_000_000_000

  private var current: [String: Errno] = [:]
  private var told: [String: Int64] = [:]

  /// - Returns: whether to tell of it.
  mutating func begin(_ path: String, _ error: Errno, at now: Int64) -> Bool {
    guard current[path] != error else { return false }
    if let last = told[path], now - last < Self.interval { return false }
    current[path] = error
    told[path] = now
    return true
  }

  /// The path is free, or its drop was claimed.
  mutating func end(_ path: String) { if !current.isEmpty { current[path] = nil } }
}
