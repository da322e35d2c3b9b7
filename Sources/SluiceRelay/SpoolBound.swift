/// When the spool holds enough: drops are then left where they are, until a quarter of it has gone.
struct SpoolBound {
  /// Most bytes of all entries.
  static let bytes = 64 << 20

  private let entries: Int
  private(set) var isFull = false

  init(entries: Int) { self.entries = entries }

  /// - Returns: whether that has changed anything.
  mutating func update(entries count: Int, bytes: Int) -> Bool {
    let was = isFull
    isFull =
      was
      ? count > entries / 4 &* 3 || bytes > Self.bytes / 4 * 3
      : count > entries || bytes > Self.bytes
    return isFull != was
  }
}
