/// Breaks text into lines of at most so many cells; a longer word has a line of its own, uncut.
package enum TextWrapping {
  /// Fills lines with pieces that are never split.
  static func fill(_ pieces: [String], width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var used = 0
    for piece in pieces {
      let cells = TerminalText.width(piece)
      if used > 0, used + 1 + cells > width {
        lines.append(line)
        (line, used) = ("", 0)
      }
      if used > 0 {
        line += " "
        used += 1
      }
      line += piece
      used += cells
    }
    if used > 0 { lines.append(line) }
    return lines
  }

  /// As `fill`, of safe text, with words that are longer than a line cut into pieces.
  static func cut(_ text: String, width: Int) -> [String] {
    let width = max(1, width)
    var pieces: [String] = []
    var lines: [String] = []
    for word in text.split(separator: " ") {
      var rest = Array(word.unicodeScalars)
      guard rest.count > width else {
        pieces.append(String(word))
        continue
      }
      lines += fill(pieces, width: width)
      pieces = []
      while rest.count > width {
        lines.append(String(String.UnicodeScalarView(rest.prefix(width))))
        rest.removeFirst(width)
      }
      pieces.append(String(String.UnicodeScalarView(rest)))
    }
    lines += fill(pieces, width: width)
    return lines.isEmpty ? [""] : lines
  }

  /// Each line by itself, safe to be shown: one that does not fit goes on below its own beginning. Without a width the
  /// text is as it was.
  package static func lines(_ text: String, width: Int?) -> String {
    guard let width else { return text }
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard TerminalText.width(String(line)) > width, let paragraph = TextParagraph(line) else { return String(line) }
      return paragraph.lines(width: width).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  /// Wraps paragraphs, which are separated by empty lines. Lines that are indented alike are a paragraph too, and stay as
  /// they are where they fit.
  static func paragraphs(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var open: TextParagraph?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if open?.take(line) == true { continue }
      lines += open?.lines(width: width) ?? []
      open = TextParagraph(line)
      if open == nil { lines.append("") }
    }
    lines += open?.lines(width: width) ?? []
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
