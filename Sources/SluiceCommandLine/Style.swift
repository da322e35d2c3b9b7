/// Colours words, or leaves them as they are; what is said never depends on it.
///
/// The text is not made safe here, because it may already be styled: outside text goes through
/// ``TerminalText/safe(_:)`` first.
package struct Style: Equatable, Sendable {
  /// The number is the SGR parameter of ECMA-48.
  package enum Tint: Int, CaseIterable, Sendable {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
  }

  package static let plain = Style(.plain)

  package let choice: ColourChoice

  package init(_ choice: ColourChoice) { self.choice = choice }

  package func apply(_ tint: Tint?, to text: String) -> String {
    guard let tint, choice == .coloured, !text.isEmpty else { return text }
    return "\u{1B}[\(tint.rawValue)m\(text)\u{1B}[0m"
  }

  package func bold(_ text: String) -> String { apply(.bold, to: text) }
  package func dim(_ text: String) -> String { apply(.dim, to: text) }
  package func red(_ text: String) -> String { apply(.red, to: text) }
  package func green(_ text: String) -> String { apply(.green, to: text) }
  package func yellow(_ text: String) -> String { apply(.yellow, to: text) }
}
