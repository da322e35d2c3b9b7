/// Which calls a rule is about: `ping`, `tools/*`, `tools/call:search`, `resources/read:file:///srv/*`.
///
/// `*` stands for any text. What follows the first `:` is about the call's target; without it any target will do.
package struct MethodPattern: ParsedText {
  package let rawValue: String
  package var description: String { rawValue }

  package static let expectation = "a method such as 'ping', 'tools/*' or 'tools/call:search'"
  package static let reasonAgainstNumbers: String? = "a method is a string"
  /// Methods whose target is read from a message; of any other, a rule about its target would never match.
  package static let targeted = ["tools/call", "prompts/get", "resources/read"]

  package init(parsing text: String) throws(TextProblem) {
    guard (1...256).contains(text.utf8.count), !text.unicodeScalars.contains(where: \.isControl) else {
      throw TextProblem("expected \(Self.expectation), of 1 to 256 bytes, found \(text.quoted)")
    }
    if let colon = text.firstIndex(of: ":") {
      let method = text[..<colon]
      let target = text[text.index(after: colon)...]
      guard !method.isEmpty, !target.isEmpty else {
        throw TextProblem("expected \(Self.expectation), found \(text.quoted): a part beside the ':' is empty")
      }
      guard method.contains("*") || Self.targeted.contains(String(method)) else {
        throw TextProblem(
          "\(text.quoted) could never match: only \(Self.targeted.joined(separator: ", ")) have a target")
      }
    }
    rawValue = text
  }
}
