/// The name of a channel: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-`, first a letter or digit, without `..`.
///
/// It becomes a part of paths, so nothing that has a meaning there may be in it.
package struct ChannelName: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }

  package static let expectation = "a channel name such as 'parrot-mcp'"

  /// For names that this module itself chose.
  init(unchecked: String) {
    rawValue = unchecked
  }

  package init(parsing text: String) throws(TextProblem) {
    func isStart(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) }
    guard let first = text.utf8.first, isStart(first), (1...64).contains(text.utf8.count),
      text.utf8.allSatisfy({ isStart($0) || [0x2E, 0x5F, 0x2D].contains($0) })
    else {
      throw TextProblem(
        "\(text.quoted) is not a channel name: 1 to 64 of a-z, 0-9, '.', '_' and '-', first a letter or digit")
    }
    guard !Self.hasTwoDots(text) else {
      throw TextProblem("\(text.quoted) is not a channel name: it may not contain '..'")
    }
    rawValue = text
  }

  /// Plainly, by bytes: what is generic is looked up at its first use, and that is every start of `sluice send`.
  private static func hasTwoDots(_ text: String) -> Bool {
    var last: UInt8 = 0
    for byte in text.utf8 {
      if byte == 0x2E, last == 0x2E { return true }
      last = byte
    }
    return false
  }
}
