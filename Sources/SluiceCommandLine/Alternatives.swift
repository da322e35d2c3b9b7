/// Lists words in a sentence.
enum Alternatives {
  /// `a, b or c`.
  static func any(of words: [String]) -> String { list(words, last: "or") }

  /// `a, b and c`.
  static func all(of words: [String]) -> String { list(words, last: "and") }

  private static func list(_ words: [String], last: String) -> String {
    guard words.count > 1, let final = words.last else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) \(last) \(final)"
  }
}
