/// Why a text is not JSON5, and where.
package struct JSON5Error: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where the text stops being JSON5.
  package let position: TextPosition
  /// One sentence without position, safe to print (what it quotes is escaped and shortened).
  package let text: String

  package var line: Int { position.line }
  package var column: Int { position.column }
  package var description: String { "line \(line), column \(column): \(text)" }

  package init(position: TextPosition, text: String) {
    self.position = position
    self.text = text
  }
}
