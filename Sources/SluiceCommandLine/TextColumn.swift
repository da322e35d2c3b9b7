/// A column of a table.
package struct TextColumn: Equatable, Sendable {
  package var title: String
  package var alignment: TextAlignment
  /// Whether the column gives way when the table is too wide; a number that has lost digits is a wrong number, so
  /// right-aligned columns do not.
  package var canShrink: Bool
  /// Whether text that does not fit goes on below itself, instead of being cut.
  package var canWrap: Bool

  package init(
    _ title: String, _ alignment: TextAlignment = .left, canShrink: Bool? = nil, canWrap: Bool = false
  ) {
    self.canWrap = canWrap
    self.title = TerminalText.safe(title)
    self.alignment = alignment
    self.canShrink = canShrink ?? (alignment == .left)
  }
}
