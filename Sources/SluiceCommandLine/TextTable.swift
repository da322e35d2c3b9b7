/// Rows in aligned columns, two spaces apart.
package struct TextTable: Sendable {
  static let gap = "  "

  package let columns: [TextColumn]
  package private(set) var rows: [[TextCell]] = []
  package var showsHeader: Bool

  package init(columns: [TextColumn], showsHeader: Bool = true) {
    self.columns = columns
    self.showsHeader = showsHeader
  }

  /// Missing cells are empty; cells beyond the last column are left out.
  package mutating func add(_ cells: [TextCell]) {
    let missing = max(0, columns.count - cells.count)
    rows.append(cells.prefix(columns.count) + Array(repeating: "", count: missing))
  }

  /// The table, each line ended by a newline; empty where there is neither row nor header.
  ///
  /// Where it is wider than `width`, the widest of the columns that can shrink are cut first, down to a cell each;
  /// a line is longer than `width` only where the other columns alone are.
  package func text(width: Int? = nil, style: Style = .plain) -> String {
    let header = columns.map { TextCell($0.title, .bold) }
    let lines = (showsHeader ? [header] : []) + rows
    let widths = columnWidths(of: lines, within: width)
    return lines.map { line(of: $0, widths, style) + "\n" }.joined()
  }

  private func columnWidths(of lines: [[TextCell]], within width: Int?) -> [Int] {
    let natural = columns.indices.map { column in
      lines.map { TerminalText.width($0[column].text) }.max() ?? 0
    }
    guard let width else { return natural }
    let gaps = Self.gap.utf8.count * max(0, columns.count - 1)
    return ColumnFit.shrink(natural, canShrink: columns.map(\.canShrink), to: width - gaps)
  }

  private func line(of cells: [TextCell], _ widths: [Int], _ style: Style) -> String {
    var line = ""
    var blanks = 0
    for (column, cell) in cells.enumerated() {
      let text = TerminalText.truncated(cell.text, to: widths[column])
      let free = widths[column] - TerminalText.width(text)
      let isRight = columns[column].alignment == .right
      if isRight { blanks += free }
      if !text.isEmpty {
        line += String(repeating: " ", count: blanks) + style.apply(cell.tint, to: text)
        blanks = 0
      }
      // Blanks are owed, not written, so that no line ends in them.
      blanks += Self.gap.utf8.count + (isRight ? 0 : free)
    }
    return line
  }
}
