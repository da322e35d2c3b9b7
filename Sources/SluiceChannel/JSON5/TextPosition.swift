/// A place in a text: line and column, both from 1.
///
/// Columns count Unicode scalars. LF, CR and CRLF end a line, as in most editors; U+2028 and U+2029 do not count,
/// although JSON5 ends a `//` comment at them. A leading byte order mark has no column.
package struct TextPosition: Hashable, Sendable, Comparable {
  package var line: Int
  package var column: Int

  package init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  /// The place of the first scalar.
  package static let start = TextPosition(line: 1, column: 1)

  package static func < (left: TextPosition, right: TextPosition) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}
