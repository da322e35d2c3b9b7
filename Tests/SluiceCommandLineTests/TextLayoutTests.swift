import Testing

@testable import SluiceCommandLine

/// Tables and paragraphs where there is little room.
@Suite struct TextLayoutTests {
  private func table() -> TextTable {
    var table = TextTable(columns: [
      TextColumn("", .right), TextColumn("STEP"), TextColumn("WHAT", canWrap: true),
    ])
    table.add(["1", "make", "directory /run/parrot-mcp with a mode of 0700"])
    table.add(["2", "open", "the server receives"])
    return table
  }

  @Test func cellsThatDoNotFitGoOnBelow() {
    #expect(
      table().text(width: 40) == """
           STEP  WHAT
        1  make  directory /run/parrot-mcp with
                 a mode of 0700
        2  open  the server receives

        """)
  }

  @Test func aTableThatCannotBeReadIsStacked() {
    #expect(
      table().text(width: 24, canStack: true) == """
        1
        step  make
        what  directory
              /run/parrot-mcp
              with a mode of
              0700

        2
        step  open
        what  the server
              receives

        """)
    #expect(table().text(width: 80, canStack: true) == table().text(width: 80))
    #expect(table().text(canStack: true) == table().text())
  }

  @Test func longWordsAreCut() {
    #expect(TextWrapping.cut("ab abcdefgh c", width: 3) == ["ab", "abc", "def", "gh", "c"])
    #expect(TextWrapping.cut("", width: 3) == [""])
    #expect(TextWrapping.cut("abc", width: 0) == ["a", "b", "c"])
  }

  @Test func examplesAndTermsKeepTheirShape() {
    let text = """
      Words of a paragraph
      that are filled.

      { kind: "exec", command: ["/bin/x"],
        deadline: "3s" }
          One process a message, and a line of it.
      socket     The kernel says
                 who it is.
      - an entry
        of a list
      """
    #expect(
      TextWrapping.paragraphs(text, width: 30) == [
        "Words of a paragraph that are", "filled.", "", #"{ kind: "exec", command:"#,
        #"    ["/bin/x"], deadline: "3s""#,
        "    }", "    One process a message, and", "    a line of it.", "socket     The kernel says",
        "           who it is.", "- an entry", "  of a list",
      ])
    #expect(TextWrapping.paragraphs(text, width: 60).contains(#"{ kind: "exec", command: ["/bin/x"],"#))
  }
}
