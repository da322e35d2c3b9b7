/// A variable of a handler's environment, as `NAME=value`.
package struct EnvironmentEntry: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }
  package var name: Substring { rawValue.prefix { $0 != "=" } }

  package static let expectation = "a variable such as 'HOME=/srv/parrot'"
  package static let reasonAgainstNumbers: String? = "a variable is a string"

  /// How variables begin that say who calls: nothing else may set them.
  package static let reservedPrefixes = ["SLUICE_", "UNIXREMOTE", "PROTO"]

  package init(parsing text: String) throws(TextProblem) {
    func isAllowed(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x5F: true
      default: false
      }
    }
    let name = text.prefix { $0 != "=" }
    guard let first = name.utf8.first, name.endIndex != text.endIndex, name.utf8.allSatisfy(isAllowed),
      !(0x30...0x39).contains(first), text.utf8.count <= 4096
    else { throw TextProblem("expected \(Self.expectation), found \(text.quoted)") }
    if let prefix = Self.reservedPrefixes.first(where: { name.hasPrefix($0) }) {
      throw TextProblem("\(text.quoted): variables that begin with \(prefix) are sluice's own")
    }
    rawValue = text
  }
}
