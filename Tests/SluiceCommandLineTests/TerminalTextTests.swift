import SluiceCommandLine
import Testing

struct TerminalTextTests {
  @Test(arguments: [
    ("plain text", "plain text"), ("", ""), ("naïve 日本", "naïve 日本"),
    ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td"),
    ("\u{1B}[31mred\u{1B}[0m", "[31mred[0m"),
    ("\u{1B}]0;title\u{7}x", "]0;titlex"),
    ("\u{9B}2J\u{85}x\u{7F}\u{0}y", "2Jxy"),
    ("a\u{202E}cod.exe\u{2066}\u{200B}\u{FEFF}\u{2028}\u{2029}", "acod.exe"),
  ])
  func safe(_ text: String, _ expected: String) {
    #expect(TerminalText.safe(text) == expected)
    #expect(TerminalText.safe(expected) == expected)
  }

  @Test(arguments: [
    ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("éééé", 3, "éé…"),
    ("ab", 1, "…"), ("ab", 0, ""), ("ab", -1, ""),
  ])
  func truncated(_ text: String, _ width: Int, _ expected: String) {
    #expect(TerminalText.truncated(text, to: width) == expected)
  }

  @Test func padded() {
    #expect(TerminalText.padded("é", to: 3) == "é  ")
    #expect(TerminalText.padded("é", to: 3, .right) == "  é")
    #expect(TerminalText.padded("long", to: 3) == "long")
  }
}
