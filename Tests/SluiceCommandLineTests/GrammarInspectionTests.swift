import SluiceCommandLine
import Testing

struct DefectCase: Sendable {
  var globals: [OptionSpecification] = []
  var command = CommandSpecification("go", summary: "")
  var second: CommandSpecification?
  var defects: [GrammarDefect]
}

struct GrammarInspectionTests {
  static let flag = OptionSpecification("flag", short: "f", help: "")

  static let cases = [
    DefectCase(
      command: CommandSpecification("go", summary: ""), second: CommandSpecification("go", summary: ""),
      defects: [.init(.duplicateCommand, name: "go")]),
    DefectCase(
      globals: [flag], command: CommandSpecification("go", summary: "", options: [.init("flag", help: "")]),
      defects: [.init(.duplicateOption, path: ["go"], name: "flag")]),
    DefectCase(
      command: CommandSpecification(
        "go", summary: "", options: [flag],
        subcommands: [CommandSpecification("on", summary: "", options: [.init("flag", help: "")])]),
      defects: [.init(.duplicateOption, path: ["go", "on"], name: "flag")]),
    DefectCase(
      globals: [.init("same", help: ""), .init("same", help: "")],
      defects: [.init(.duplicateOption, name: "same")]),
    DefectCase(
      globals: [flag], command: CommandSpecification("go", summary: "", options: [.init("far", short: "f", help: "")]),
      defects: [.init(.duplicateShortName, path: ["go"], name: "f")]),
    DefectCase(
      command: CommandSpecification("go", summary: "", options: [flag, .init("far", short: "f", help: "")]),
      defects: [.init(.duplicateShortName, path: ["go"], name: "f")]),
    DefectCase(command: CommandSpecification("help", summary: ""), defects: [.init(.reservedName, name: "help")]),
    DefectCase(
      globals: [.init("version", help: ""), .init("host", short: "h", help: "")],
      defects: [.init(.reservedName, name: "version"), .init(.reservedName, name: "h")]),
    DefectCase(
      globals: [.init("a b", help: ""), .init("x", value: "V", help: "", allowedValues: ["$(reboot)", "-n", ""])],
      defects: ["a b", "$(reboot)", "-n", ""].map { .init(.unsafeName, name: $0) }),
    DefectCase(
      globals: [.init("x", help: "", allowedValues: ["a"])], defects: [.init(.valuesOfFlag, name: "x")]),
    DefectCase(
      globals: [.init("x", value: "V", help: "", allowedValues: [])], defects: [.init(.noValues, name: "x")]),
    DefectCase(
      command: CommandSpecification(
        "go", summary: "", arguments: [.init("A", .optional, help: ""), .init("B", .required, help: "")]),
      defects: [.init(.requiredAfterOptional, path: ["go"], name: "B")]),
    DefectCase(
      command: CommandSpecification(
        "go", summary: "", arguments: [.init("A", .rest, help: ""), .init("B", .required, help: "")]),
      defects: [.init(.restNotLast, path: ["go"], name: "A")]),
    DefectCase(
      command: CommandSpecification(
        "go", summary: "", arguments: [.init("A", .optional, help: "")],
        subcommands: [CommandSpecification("on", summary: "")]),
      defects: [.init(.argumentsBesideSubcommands, path: ["go"], name: "A")]),
    DefectCase(
      command: CommandSpecification(
        "go", summary: "",
        examples: [.init("p go", ""), .init("p go --no", ""), .init("p go --no | cat", ""), .init("q", "")]),
      defects: [.init(.refusedExample, path: ["go"], name: "p go --no")]),
  ]

  @Test(arguments: cases)
  func finds(_ row: DefectCase) {
    let commands = [row.command] + (row.second.map { [$0] } ?? [])
    let grammar = CommandLineGrammar(program: "p", summary: "", globalOptions: row.globals, commands: commands)
    #expect(grammar.defects == row.defects)
  }

  @Test func everyKindHasARow() {
    #expect(Set(Self.cases.flatMap(\.defects).map(\.kind)) == Set(GrammarDefect.Kind.allCases))
  }

  @Test func theFixtureIsSound() {
    #expect(FixtureGrammar.sluice.defects.isEmpty)
  }
}
