/// The first part of the names in the runtime directory: `mcp` of `mcp.sock`.
///
/// 1 to 32 of `A-Z`, `a-z`, `0-9`, `.`, `_`, `-`, first not a dot, and none that would take another entry's name.
package struct FileStem: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }

  /// `mcp`, which the existing guides for this system use.
  package static let standard = FileStem(unchecked: "mcp")

  /// Stems whose socket would be the control, relay or audit socket.
  package static let reserved: Set<String> = ["audit", "control", "relay"]

  package static let expectation = "a file name stem such as 'mcp'"

  private init(unchecked: String) {
    rawValue = unchecked
  }

  package init(parsing text: String) throws(TextProblem) {
    func isAllowed(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2E, 0x5F, 0x2D: true
      default: false
      }
    }
    guard (1...32).contains(text.utf8.count), text.utf8.first != 0x2E, text.utf8.allSatisfy(isAllowed) else {
      throw TextProblem(
        "\(text.quoted) is not a file name stem: 1 to 32 of A-Z, a-z, 0-9, '.', '_' and '-', first not '.'")
    }
    guard !Self.reserved.contains(text) else {
      throw TextProblem("stem \(text.quoted) would give the channel's socket the name of another: '\(text).sock'")
    }
    rawValue = text
  }
}
