/// One value on a screen: text from anywhere, made safe on the way in, and how it may be tinted.
package struct TextCell: Equatable, Sendable, ExpressibleByStringInterpolation {
  package let text: String
  package let tint: Style.Tint?

  package init(_ text: String, _ tint: Style.Tint? = nil) {
    self.text = TerminalText.safe(text)
    self.tint = tint
  }

  package init(stringLiteral value: String) { self.init(value) }
}
