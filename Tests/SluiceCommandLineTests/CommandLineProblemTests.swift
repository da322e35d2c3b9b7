import SluiceCommandLine
import Testing

struct Refusal: Sendable {
  var words: String
  var code: CommandLineProblem.Code
  var message: String
  var suggestion: String?
  var usage: String

  init(_ words: String, _ code: CommandLineProblem.Code, _ message: String, _ usage: String, meant: String? = nil) {
    self.words = words
    self.code = code
    self.message = message
    self.suggestion = meant
    self.usage = usage
  }
}

struct CommandLineProblemTests {
  static let program = "sluice [OPTIONS] COMMAND [ARGUMENTS]"
  static let apply = "sluice apply [--to PHASE] [--yes]"
  static let audit = "sluice audit tail|show|verify [--log FILE]"
  static let status = "sluice status [--watch] [--verbose]..."
  static let send = "sluice send [--header LINE]... [MESSAGE]"
  static let move = "sluice move FILE QUEUE"

  static let refusals = [
    Refusal("", .missingCommand, "no command given; \"sluice help\" lists them", program),
    Refusal("--json", .missingCommand, "no command given; \"sluice help\" lists them", program),
    Refusal("audit", .missingCommand, "audit needs a subcommand: tail, show or verify", audit),
    Refusal("staus", .unknownCommand, "unknown command \"staus\"", program, meant: "status"),
    Refusal("hlep", .unknownCommand, "unknown command \"hlep\"", program, meant: "help"),
    Refusal("compl", .unknownCommand, "unknown command \"compl\"", program, meant: "completions"),
    Refusal("frobnicate --to x", .unknownCommand, "unknown command \"frobnicate\"", program),
    Refusal("-", .unknownCommand, "unknown command \"-\"", program),
    Refusal("''", .unknownCommand, "unknown command \"\"", program),
    Refusal("-- --help", .unknownCommand, "unknown command \"--help\"", program, meant: "help"),
    Refusal("audit sho", .unknownCommand, "audit has no subcommand \"sho\"", audit, meant: "show"),
    Refusal(
      "help aply", .unknownCommand, "no help for unknown command \"aply\"", "sluice help [COMMAND...]", meant: "apply"),
    Refusal("apply --tow x", .unknownOption, "apply has no option \"--tow\"", apply, meant: "--to"),
    Refusal("apply --jsno=1", .unknownOption, "apply has no option \"--jsno\"", apply, meant: "--json"),
    Refusal("apply -x", .unknownOption, "apply has no option \"-x\"", apply),
    Refusal("--vesion", .unknownOption, "unknown option \"--vesion\"", program, meant: "--version"),
    Refusal("--to fifo apply", .unknownOption, "option \"--to\" goes after its command: apply", program),
    Refusal("status --yes", .unknownOption, "status has no option \"--yes\"; it belongs to apply", status),
    Refusal("apply -v", .unknownOption, "apply has no option \"-v\"; it belongs to status", apply),
    Refusal("apply --to fifo -t fifo", .repeatedOption, "option --to may be given only once", apply),
    Refusal("--json apply --json", .repeatedOption, "option --json may be given only once", apply),
    Refusal("apply --to", .missingValue, "option --to needs a value, PHASE", apply),
    Refusal("apply -t", .missingValue, "option -t needs a value, PHASE", apply),
    Refusal("apply --root=", .missingValue, "option --root needs a value, DIR", apply),
    Refusal("apply --root ''", .missingValue, "option --root needs a value, DIR", apply),
    Refusal(
      "apply --root --yes", .missingValue,
      "option --root needs a value, DIR; one that begins with a dash is written --root=...", apply),
    Refusal("apply --yes=1", .unexpectedValue, "option --yes takes no value", apply),
    Refusal("apply --yes=", .unexpectedValue, "option --yes takes no value", apply),
    Refusal("apply --help=1", .unexpectedValue, "option --help takes no value", apply),
    Refusal(
      "status -vv", .unexpectedValue, "\"-vv\" runs on after option -v; one-letter options are written one by one",
      status),
    Refusal(
      "apply -tfifo", .unexpectedValue, "\"-tfifo\" runs on after option -t; its value is a word of its own", apply),
    Refusal(
      "apply --to sokcet", .valueNotAllowed,
      "option --to takes file-drop, run-file, fifo or socket, not \"sokcet\"", apply, meant: "socket"),
    Refusal(
      "completions tcsh", .valueNotAllowed, "SHELL takes bash, zsh or fish, not \"tcsh\"", "sluice completions SHELL"),
    Refusal("move", .missingArgument, "move needs FILE and QUEUE", move),
    Refusal("move a", .missingArgument, "move needs QUEUE", move),
    Refusal("move a b c", .unexpectedArgument, "move takes only FILE and QUEUE, so \"c\" is too much", move),
    Refusal("send a b", .unexpectedArgument, "send takes only MESSAGE, so \"b\" is too much", send),
    Refusal("status x", .unexpectedArgument, "status takes no argument, so \"x\" is too much", status),
  ]

  @Test(arguments: refusals)
  func refuses(_ row: Refusal) throws {
    let problem = try #require(throws: CommandLineProblem.self) { try FixtureGrammar.sluice.parse(words(row.words)) }
    #expect(problem.code == row.code)
    #expect(problem.message == row.message)
    #expect(problem.suggestion == row.suggestion)
    #expect(problem.usage == row.usage)
    #expect(problem.exitCode.rawValue == 64)
  }

  @Test func everyCodeHasARow() {
    #expect(Set(Self.refusals.map(\.code)) == Set(CommandLineProblem.Code.allCases))
  }

  @Test func textHasTheHintAndTheUsage() throws {
    let problem = try #require(throws: CommandLineProblem.self) { try FixtureGrammar.sluice.parse(["staus"]) }
    #expect(
      problem.text == """
        sluice: unknown command "staus"; did you mean status?
        usage: sluice [OPTIONS] COMMAND [ARGUMENTS]
        """)
  }

  @Test(arguments: [
    "\u{1B}[2J\nroot# ", "--\u{202E}gpj\u{7}", "-\u{1B}]0;x\u{7}", String(repeating: "é", count: 100_000),
    "--to=" + String(repeating: "\u{301}", count: 5000), "-\u{301}", "--=\u{301}", "--=",
  ])
  func hostileWordsAreMadeSafeAndShort(_ word: String) throws {
    let problem = try #require(throws: CommandLineProblem.self) { try FixtureGrammar.sluice.parse([word]) }
    #expect(problem.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" && $0 != "\u{7F}" })
    #expect(problem.message.unicodeScalars.count < 200)
  }
}
