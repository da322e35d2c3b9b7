import SluiceCommandLine
import Testing

struct ParsedCommandLineTests {
  @Test func accessors() {
    let line = ParsedCommandLine(
      path: ["a"], options: ["root": ["/r"], "json": [""], "v": ["", ""], "h": ["x", "y"]], positionals: ["p"])
    #expect(line.value("root") == "/r")
    #expect(line.value("channel") == nil)
    #expect(line.flag("json"))
    #expect(!line.flag("quiet"))
    #expect(line.count("v") == 2)
    #expect(line.values("h") == ["x", "y"])
    #expect(line.values("none").isEmpty)
    #expect(line.positional(0) == "p")
    #expect(line.positional(1) == nil)
    #expect(line.positional(-1) == nil)
  }
}
