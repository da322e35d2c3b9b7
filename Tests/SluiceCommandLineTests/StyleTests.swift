import SluiceCommandLine
import Testing

struct StyleTests {
  @Test func plainChangesNothing() {
    for tint in Style.Tint.allCases { #expect(Style.plain.apply(tint, to: "word") == "word") }
  }

  @Test func coloured() {
    let style = Style(.coloured)
    #expect(style.green("ok") == "\u{1B}[32mok\u{1B}[0m")
    #expect(style.red("a") + style.yellow("b") == "\u{1B}[31ma\u{1B}[0m\u{1B}[33mb\u{1B}[0m")
    #expect(style.bold("a") + style.dim("b") == "\u{1B}[1ma\u{1B}[0m\u{1B}[2mb\u{1B}[0m")
    #expect(style.green("").isEmpty)
    #expect(style.apply(nil, to: "a") == "a")
  }

  @Test(arguments: [
    (true, [:], false, ColourChoice.coloured),
    (true, ["TERM": "xterm-256color", "NO_COLOR": ""], false, .coloured),
    (true, ["NO_COLOR": "1"], false, .plain),
    (true, ["NO_COLOR": "0"], false, .plain),
    (true, ["TERM": "dumb"], false, .plain),
    (true, [:], true, .plain),
    (false, [:], false, .plain),
  ])
  func decides(_ isTerminal: Bool, _ environment: [String: String], _ flag: Bool, _ expected: ColourChoice) {
    #expect(
      ColourChoice.decide(isTerminal: isTerminal, environment: environment, noColorFlag: flag) == expected)
  }
}
