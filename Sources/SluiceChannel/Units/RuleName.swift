/// What a rule is called in records and messages.
package struct RuleName: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }

  package static let expectation = "a name: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"
  package static let reasonAgainstNumbers: String? = "a name is a string"

  package init(parsing text: String) throws(TextProblem) {
    func isAllowed(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2E, 0x5F, 0x2D: true
      default: false
      }
    }
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(isAllowed) else {
      throw TextProblem("expected \(Self.expectation), found \(text.quoted)")
    }
    rawValue = text
  }
}
