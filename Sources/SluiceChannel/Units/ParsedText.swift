/// A value that is written as text in a channel file, a manifest, an environment variable or a flag.
package protocol ParsedText: Hashable, Sendable, CustomStringConvertible {
  /// What is expected, with an example, to follow "expected": `a time span such as '30s'`.
  static var expectation: String { get }
  /// Why a bare number is no good, where one is a likely mistake.
  static var reasonAgainstNumbers: String? { get }
  /// Reads `text`, all of it; `String(describing:)` of the result reads back to the same value.
  init(parsing text: String) throws(TextProblem)
}

extension ParsedText {
  package static var reasonAgainstNumbers: String? { nil }
}

/// What is wrong with a text that was to become a `ParsedText`.
package struct TextProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// One line without the place, safe to print.
  package let text: String
  package var description: String { text }

  package init(_ text: String) {
    self.text = text
  }
}
