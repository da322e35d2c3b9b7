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
  /// a line is longer than `width` only where the other columns alone are. With `canStack` a table whose columns would
  /// become too narrow to be read has its cells below each other instead.
  package func text(width: Int? = nil, style: Style = .plain, canStack: Bool = false) -> String {
    let header = columns.map { TextCell($0.title, .bold) }
    let lines = (showsHeader ? [header] : []) + rows
    let widths = columnWidths(of: lines, within: width)
    if canStack, let width, isTooNarrow(widths, lines, width) { return stacked(width, style) }
    return lines.map { physicalLines(of: $0, widths, style) }.joined()
  }

  /// Cells of a column that has less than this and would like more cannot be read.
  private static let leastWidth = 16

  private func isTooNarrow(_ widths: [Int], _ lines: [[TextCell]], _ width: Int) -> Bool {
    let total = widths.reduce(0, +) + Self.gap.utf8.count * max(0, columns.count - 1)
    guard total <= width else { return true }
    return columns.indices.contains { column in
      let natural = lines.map { TerminalText.width($0[column].text) }.max() ?? 0
      return widths[column] < min(natural, Self.leastWidth)
    }
  }

  /// Each row as a block of its titles and cells; cells without a title stand behind the one before them.
  private func stacked(_ width: Int, _ style: Style) -> String {
    rows.map { row in
      var block = KeyValueBlock()
      var heading = ""
      for (column, cell) in row.enumerated() where !cell.text.isEmpty {
        if columns[column].title.isEmpty {
          heading += (heading.isEmpty ? "" : "  ") + style.apply(cell.tint, to: cell.text)
        } else {
          block.add(columns[column].title.lowercased(), cell)
        }
      }
      return (heading.isEmpty ? "" : heading + "\n") + block.text(width: width, style: style)
    }.joined(separator: "\n")
  }

  private func physicalLines(of cells: [TextCell], _ widths: [Int], _ style: Style) -> String {
    let wrapped = cells.enumerated().map { column, cell in
      columns[column].canWrap && TerminalText.width(cell.text) > widths[column]
        ? TextWrapping.cut(cell.text, width: widths[column]) : [cell.text]
    }
    let height = wrapped.map(\.count).max() ?? 1
    return (0..<height).map { row in
      let line = zip(wrapped, cells).map { lines, cell in TextCell(row < lines.count ? lines[row] : "", cell.tint) }
      return self.line(of: line, widths, style) + "\n"
    }.joined()
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
