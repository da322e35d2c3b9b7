internal import SluiceStore

/// How legacy drops ended, by path, user and reason; changed for relayed messages only.
struct DropTally {
  private struct Key: Hashable {
    let path: String
    let uid: UInt32?
    let outcome: String
    let reason: String
  }
  private var counts: [Key: (count: Int64, last: Int64)] = [:]

  /// - Parameter time: nanoseconds since 1970.
  mutating func count(
    _ kind: Outcome.Kind, path: String, uid: UInt32?, code: Int?, reason: String?, at time: Int64
  ) {
    let key: Key
    switch kind {
    case .handled, .failed: key = Key(path: path, uid: uid, outcome: "delivered", reason: "")
    case .quarantined, .rejected:
      key = Key(
        path: path, uid: uid, outcome: "quarantined", reason: DropReason(code: code, reason: reason ?? "").rawValue)
    case .canary, .started: return
    }
    let before = counts[key] ?? (0, 0)
    counts[key] = (before.count + 1, max(before.last, time))
  }

  /// Everything counted since the last call.
  mutating func take() -> [DropCount] {
    defer { counts = [:] }
    return counts.map { key, value in
      DropCount(
        path: key.path, uid: key.uid.map(Int64.init), outcome: key.outcome, reason: key.reason, count: value.count,
        last: value.last)
    }
  }
}
