/// A message's place among others: claim time, then part number, of an id `cTIME-RANDOM-PART`.
struct MessageOrder: Comparable {
  private let time: Substring
  private let part: Int
  /// The claim's name: the id without its part number.
  let claim: String

  /// Nil for what is no message's id.
  init?(_ id: String) {
    let parts = id.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 16, let part = Int(parts[2]), part >= 0 else { return nil }
    time = parts[0]
    self.part = part
    claim = String(id.dropLast(parts[2].count + 1))
  }

  static func < (left: MessageOrder, right: MessageOrder) -> Bool {
    if left.time != right.time { return left.time < right.time }
    return left.claim != right.claim ? left.claim < right.claim : left.part < right.part
  }

  static func sorted(_ ids: some Sequence<String>) -> [String] {
    ids.compactMap { id in MessageOrder(id).map { (order: $0, id: id) } }.sorted { $0.order < $1.order }.map(\.id)
  }
}
