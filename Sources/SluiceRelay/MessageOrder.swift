/// A message's place among others: claim time, then part number, of an id `cTIME-RANDOM-PART`.
struct MessageOrder: Comparable {
  private static let timeDigits = 16
  private static let dash = UInt8(ascii: "-")

  private let time: UInt64
  private let part: Int
  /// The claim's name: the id without its part number.
  let claim: String

  /// Nil for what is no message's id.
  init?(_ id: String) {
    var text = id
    let found = text.withUTF8 { unsafe Self.read($0) }
    guard let found, let claim = String(id.utf8.prefix(found.claimLength)) else { return nil }
    self.claim = claim
    (time, part) = (found.time, found.part)
  }

  /// By bytes: this is asked several times for each message.
  private static func read(_ id: UnsafeBufferPointer<UInt8>) -> (time: UInt64, part: Int, claimLength: Int)? {
    let timeEnd = 1 + timeDigits
    guard id.count > timeEnd + 2, unsafe id[0] < 0x80, unsafe id[timeEnd] == dash else { return nil }
    var time: UInt64 = 0
    for index in 1..<timeEnd {
      guard let digit = unsafe value(of: id[index]) else { return nil }
      time = time << 4 | digit
    }
    guard let end = unsafe id[(timeEnd + 1)...].firstIndex(of: dash), end + 1 < id.count, id.count - end <= 16 else {
      return nil
    }
    var part = 0
    for index in (end + 1)..<id.count {
      let byte = unsafe id[index]
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      part = part * 10 + Int(byte - UInt8(ascii: "0"))
    }
    return (time, part, end)
  }

  private static func value(of digit: UInt8) -> UInt64? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
    default: nil
    }
  }

  static func < (left: MessageOrder, right: MessageOrder) -> Bool {
    if left.time != right.time { return left.time < right.time }
    return left.claim != right.claim ? left.claim < right.claim : left.part < right.part
  }

  static func sorted(_ ids: some Sequence<String>) -> [String] {
    ids.compactMap { id in MessageOrder(id).map { (order: $0, id: id) } }.sorted { $0.order < $1.order }.map(\.id)
  }
}
