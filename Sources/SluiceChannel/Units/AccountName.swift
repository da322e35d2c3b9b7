/// A user or group: its name, or its id in digits.
///
/// Only the syntax is checked; whether the account exists is for the caller to look up.
package struct AccountName: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }

  /// The id, where digits were written.
  package var id: UInt32? { rawValue.digitsValue.flatMap { UInt32(exactly: $0) } }

  package static let expectation = "an account name or an id in digits"
  package static let reasonAgainstNumbers: String? = "an id is written as a string, such as '1000'"

  /// Letters, digits, `_`, `.`, `@` and `-`, first neither `-` nor `.`, as useradd(8) and directory services allow.
  package init(parsing text: String) throws(TextProblem) {
    func isAllowed(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x5F, 0x2E, 0x40, 0x2D: true
      default: false
      }
    }
    // 255: LOGIN_NAME_MAX without its NUL.
    guard (1...255).contains(text.utf8.count), let first = text.utf8.first, first != 0x2D, first != 0x2E,
      text.utf8.allSatisfy(isAllowed)
    else { throw TextProblem("\(text.quoted) is not an account name or an id in digits") }
    if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
      // (uid_t)-1 means "leave as it is" to chown(2), so it can be nobody's id.
      guard let id = text.digitsValue, id < UInt32.max else {
        throw TextProblem("\(text.quoted) is beyond the largest account id, 4294967294")
      }
    }
    rawValue = text
  }
}
