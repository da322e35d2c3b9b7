internal import SluiceWire

/// What a relay names at its connection, gathered over the lines of its hello.
struct PendingNames {
  /// Far more than a relay's spool can hold.
  static let most = 1 << 20

  private var ids: Set<String> = []
  private var isOpen = false
  private(set) var isOverfull = false

  /// A line of the hello: the whole list with the last one, nil before that, or where it cannot be relied on because
  /// lines came out of turn or named more than is kept. Nothing may be forgotten then.
  mutating func take(_ names: Set<String>, isFirst: Bool, hasMore: Bool) -> Set<String>? {
    if isFirst {
      ids = []
      isOverfull = false
    } else if !isOpen {
      return nil
    }
    isOpen = hasMore
    if names.count > Self.most - ids.count { isOverfull = true }
    if isOverfull { ids = [] } else { ids.formUnion(names) }
    guard !hasMore else { return nil }
    defer { ids = [] }
    return isOverfull ? nil : ids
  }
}
