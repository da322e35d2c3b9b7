/// Where JSON objects that stand one behind the other begin and end: by their brackets and strings alone. What stands in
/// them is for admission to judge.
package enum JSONTexts {
  private static let deepest = 64

  /// Bytes, in pieces.
  package struct Pieces: Equatable {
    /// Whole objects.
    package var whole: [Range<Int>] = []
    /// The beginning of one that goes on behind the end.
    package var begun: Range<Int>?
  }

  /// Nil where something stands there that belongs to no object.
  package static func split(_ bytes: [UInt8]) -> Pieces? {
    var pieces = Pieces()
    var open: [UInt8] = []
    var start = 0
    var isInString = false
    var isEscaped = false
    for (index, byte) in bytes.enumerated() {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case 0x20, 0x09, 0x0a, 0x0d: continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        if open.isEmpty {
          guard byte == UInt8(ascii: "{") else { return nil }
          start = index
        }
        guard open.count < deepest else { return nil }
        // What has to close it.
        open.append(byte + 2)
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard open.popLast() == byte else { return nil }
        if open.isEmpty { pieces.whole.append(start..<index + 1) }
      case UInt8(ascii: "\""):
        guard !open.isEmpty else { return nil }
        isInString = true
      default: guard !open.isEmpty, byte > 0x20 else { return nil }
      }
    }
    if !open.isEmpty { pieces.begun = start..<bytes.count }
    return pieces
  }

  /// Whether bytes are the beginning of one object, and nothing else.
  package static func isBeginning(_ bytes: [UInt8]) -> Bool {
    guard let pieces = split(bytes) else { return false }
    return pieces.whole.isEmpty && pieces.begun != nil
  }
}
