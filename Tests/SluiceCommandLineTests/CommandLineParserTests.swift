import SluiceCommandLine
import Testing

struct Reading: Sendable {
  var words: String
  var outcome: CommandLineOutcome

  init(_ words: String, _ path: [String], _ options: [String: [String]] = [:], _ positionals: [String] = []) {
    self.init(words, .run(ParsedCommandLine(path: path, options: options, positionals: positionals)))
  }

  init(_ words: String, _ outcome: CommandLineOutcome) {
    self.words = words
    self.outcome = outcome
  }
}

struct CommandLineParserTests {
  static let readings = [
    Reading("status", ["status"]),
    Reading("apply --to fifo --yes", ["apply"], ["to": ["fifo"], "yes": [""]]),
    Reading("apply --to=fifo", ["apply"], ["to": ["fifo"]]),
    Reading("apply -t fifo", ["apply"], ["to": ["fifo"]]),
    Reading("--root /r apply", ["apply"], ["root": ["/r"]]),
    Reading("apply --root /r", ["apply"], ["root": ["/r"]]),
    Reading("apply --root=a=b", ["apply"], ["root": ["a=b"]]),
    Reading("apply --root=--yes", ["apply"], ["root": ["--yes"]]),
    Reading("apply --root -", ["apply"], ["root": ["-"]]),
    Reading("-c a --json audit tail", ["audit", "tail"], ["channel": ["a"], "json": [""]]),
    Reading("audit --log l show 1 2 3", ["audit", "show"], ["log": ["l"]], ["1", "2", "3"]),
    Reading("audit show --log l", ["audit", "show"], ["log": ["l"]]),
    Reading("status -v --verbose -v", ["status"], ["verbose": ["", "", ""]]),
    Reading("send --header a --header=b", ["send"], ["header": ["a", "b"]]),
    Reading("send", ["send"]),
    Reading("send -", ["send"], [:], ["-"]),
    Reading("send ''", ["send"], [:], [""]),
    Reading("send -- --help", ["send"], [:], ["--help"]),
    Reading("send -- --", ["send"], [:], ["--"]),
    Reading("-- send", ["send"]),
    Reading("send help", ["send"], [:], ["help"]),
    Reading("move --json a b", ["move"], ["json": [""]], ["a", "b"]),
    Reading("completions zsh", ["completions"], [:], ["zsh"]),
    Reading("--help", .help(path: [])),
    Reading("help", .help(path: [])),
    Reading("help --json apply", .help(path: ["apply"])),
    Reading("help audit tail", .help(path: ["audit", "tail"])),
    Reading("help help", .help(path: ["help"])),
    Reading("apply --help", .help(path: ["apply"])),
    Reading("--help apply", .help(path: ["apply"])),
    Reading("audit tail -h", .help(path: ["audit", "tail"])),
    Reading("apply --bogus --help --help", .help(path: ["apply"])),
    Reading("apply --to --help", .help(path: ["apply"])),
    Reading("bogus --help", .help(path: [])),
    Reading("help bogus --help", .help(path: [])),
    Reading("--version", .version),
    Reading("apply --version", .version),
    Reading("--version --help", .help(path: [])),
  ]

  @Test(arguments: readings)
  func reads(_ row: Reading) throws {
    #expect(try FixtureGrammar.sluice.parse(words(row.words)) == row.outcome)
  }
}
