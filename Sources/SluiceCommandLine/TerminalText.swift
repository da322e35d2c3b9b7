/// Text from outside, made safe for a terminal and measured in its cells.
///
/// A cell is counted for each Unicode scalar: exact for ASCII and for most of what names are made of, too wide for
/// combining marks and too narrow for East Asian wide characters, which costs alignment and nothing else.
package enum TerminalText {
  package static let ellipsis = "…"

  /// The text on one line, without anything that a terminal would obey.
  ///
  /// Newline, carriage return and tab become `\n`, `\r` and `\t`; other controls (so every escape sequence), format
  /// characters (so bidirectional overrides and zero-width ones) and line separators are dropped. For display only:
  /// two texts may look alike afterwards.
  package static func safe(_ text: String) -> String {
    if isPrintableASCII(text) { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: continue
        default: result.append(scalar)
        }
      }
    }
    return String(result)
  }

  /// The cells that safe text takes.
  package static func width(_ text: String) -> Int {
    isPrintableASCII(text) ? text.utf8.count : text.unicodeScalars.count
  }

  /// Safe text cut to `width` cells, with an ellipsis in the last of them where anything was cut.
  package static func truncated(_ text: String, to width: Int) -> String {
    guard self.width(text) > width else { return text }
    guard width > 0 else { return "" }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(width - 1))) + ellipsis
  }

  /// Safe text filled with spaces to `width` cells.
  package static func padded(_ text: String, to width: Int, _ alignment: TextAlignment = .left) -> String {
    let gap = String(repeating: " ", count: max(0, width - self.width(text)))
    return alignment == .left ? text + gap : gap + text
  }

  /// What a user typed, for use in a sentence: safe, quoted and of bounded length.
  static func quoted(_ text: String) -> String { "\"\(truncated(safe(text), to: 60))\"" }

  private static func isPrintableASCII(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
  }
}
