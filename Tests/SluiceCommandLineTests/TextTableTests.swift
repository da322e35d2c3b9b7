import SluiceCommandLine
import Testing

struct TextTableTests {
  private func routes() -> TextTable {
    var table = TextTable(columns: [TextColumn("ROUTE"), TextColumn("COUNT", .right), TextColumn("PATH")])
    table.add(["file-drop", "7", "/tmp/mcp_in.json"])
    table.add([TextCell("socket", .green), TextCell("12345", .bold), "/run/parrot-mcp/mcp.sock"])
    table.add(["fifo"])
    return table
  }

  @Test func aligned() {
    #expect(
      routes().text() == """
        ROUTE      COUNT  PATH
        file-drop      7  /tmp/mcp_in.json
        socket     12345  /run/parrot-mcp/mcp.sock
        fifo

        """)
  }

  @Test func cutToAWidthButNotInNumbers() {
    #expect(
      routes().text(width: 30) == """
        ROUTE      COUNT  PATH
        file-drop      7  /tmp/mcp_in…
        socket     12345  /run/parrot…
        fifo

        """)
    #expect(
      routes().text(width: 0) == """
        …  COUNT  …
        …      7  …
        …  12345  …
        …

        """)
  }

  @Test func colourChangesNoPosition() {
    var table = routes()
    table.showsHeader = false
    #expect(
      table.text(style: Style(.coloured)) == """
        file-drop      7  /tmp/mcp_in.json
        \u{1B}[32msocket\u{1B}[0m     \u{1B}[1m12345\u{1B}[0m  /run/parrot-mcp/mcp.sock
        fifo

        """)
  }

  @Test func hostileCellsStayInTheirCells() {
    var table = TextTable(columns: [TextColumn("NAME"), TextColumn("STATE")], showsHeader: false)
    table.add(["x\n\u{1B}[2Jok", "bad", "beyond"])
    table.add([TextCell("longer\u{8}\u{8} name"), "ok"])
    #expect(table.text() == "x\\n[2Jok     bad\nlonger name  ok\n")
  }

  @Test func emptyTables() {
    #expect(TextTable(columns: []).text() == "\n")
    #expect(TextTable(columns: [TextColumn("A")], showsHeader: false).text(width: 5).isEmpty)
    #expect(TextTable(columns: [TextColumn("A")]).text() == "A\n")
  }

  @Test(arguments: 3...60)
  func fillsButNeverExceedsTheWidth(_ width: Int) {
    var table = TextTable(columns: [TextColumn("A"), TextColumn("B")], showsHeader: false)
    table.add([TextCell(String(repeating: "a", count: 30)), TextCell(String(repeating: "b", count: 20))])
    let line = table.text(width: max(4, width)).dropLast()
    #expect(line.count == min(max(4, width), 52))
  }
}
