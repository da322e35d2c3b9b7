/// A SHA-256 as sha256sum(1) prints it.
package struct SHA256Text: ParsedText {
  /// 64 lower-case hexadecimal digits.
  package let rawValue: String
  package var description: String { rawValue }

  package static let expectation = "a SHA-256: 64 hexadecimal digits, as sha256sum prints them"
  package static let reasonAgainstNumbers: String? = "a digest is a string"

  package init(parsing text: String) throws(TextProblem) {
    let isHexadecimal = text.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
      default: false
      }
    }
    guard text.utf8.count == 64, isHexadecimal else {
      throw TextProblem("expected \(Self.expectation), found \(text.quoted)")
    }
    rawValue = text.lowercased()
  }
}
