/// Lines of `key  value`, the values aligned.
package struct KeyValueBlock: Sendable {
  package private(set) var entries: [(key: String, value: TextCell)] = []
  /// Spaces before every line.
  package var indent: Int

  package init(indent: Int = 0) { self.indent = max(0, indent) }

  package mutating func add(_ key: String, _ value: TextCell) {
    entries.append((TerminalText.safe(key), value))
  }

  /// The lines, each ended by a newline.
  ///
  /// Where a `width` is given, long values are wrapped between words, below themselves.
  package func text(width: Int? = nil, style: Style = .plain) -> String {
    let keyWidth = entries.map { TerminalText.width($0.key) }.max() ?? 0
    let margin = indent + keyWidth + 2
    if let width, width - margin < Self.narrowest { return stacked(width, style) }
    var text = ""
    for (key, value) in entries {
      let start = String(repeating: " ", count: indent) + TerminalText.padded(key, to: keyWidth) + "  "
      let lines = Self.lines(of: value.text, width: width.map { max(1, $0 - margin) })
      for (index, line) in lines.enumerated() {
        text += (index == 0 ? start : String(repeating: " ", count: margin)) + style.apply(value.tint, to: line) + "\n"
      }
      if lines.isEmpty { text += String(repeating: " ", count: indent) + key + "\n" }
    }
    return text
  }

  /// Less room than this beside the keys is no column.
  private static let narrowest = 16

  /// Each value beside its own key where it fits, and below it where not.
  private func stacked(_ width: Int, _ style: Style) -> String {
    var text = ""
    let blank = String(repeating: " ", count: indent)
    for (key, value) in entries {
      let free = width - indent - TerminalText.width(key) - 2
      if TerminalText.width(value.text) <= free {
        text += blank + key + (value.text.isEmpty ? "" : "  " + style.apply(value.tint, to: value.text)) + "\n"
        continue
      }
      text += blank + key + "\n"
      for line in Self.lines(of: value.text, width: max(1, width - indent - 2)) {
        text += blank + "  " + style.apply(value.tint, to: line) + "\n"
      }
    }
    return text
  }

  private static func lines(of value: String, width: Int?) -> [String] {
    guard let width, TerminalText.width(value) > width else { return value.isEmpty ? [] : [value] }
    return TextWrapping.fill(value.split(separator: " ").map(String.init), width: width)
  }
}
