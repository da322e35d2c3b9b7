/// Terms on the left, what they mean wrapped on the right.
struct DefinitionList {
  /// A term longer than this has a line of its own.
  static let widestTerm = 26
  /// Less room than this for the meaning is no column: it goes below the term.
  static let narrowestMeaning = 20
  static let indent = "  "

  var entries: [(term: String, meaning: String)]

  /// Width of the widest term that still shares its line.
  var termWidth: Int {
    entries.map { TerminalText.width($0.term) }.filter { $0 <= Self.widestTerm }.max() ?? 0
  }

  /// `column` makes several lists line up with each other.
  func lines(width: Int, column: Int? = nil) -> [String] {
    let termWidth = column ?? termWidth
    var margin = Self.indent.utf8.count + termWidth + 2
    let isTooNarrow = width - margin < Self.narrowestMeaning
    if isTooNarrow || termWidth == 0 { margin = 6 }
    let blank = String(repeating: " ", count: margin)
    var lines: [String] = []
    for entry in entries {
      let meaning = TextWrapping.fill(entry.meaning.split(separator: " ").map(String.init), width: width - margin)
      let standsAlone = isTooNarrow || TerminalText.width(entry.term) > termWidth || meaning.isEmpty
      if standsAlone {
        lines.append(Self.indent + entry.term)
        lines += meaning.map { blank + $0 }
      } else {
        lines.append(Self.indent + TerminalText.padded(entry.term, to: termWidth) + "  " + (meaning.first ?? ""))
        lines += meaning.dropFirst().map { blank + $0 }
      }
    }
    return lines
  }
}
