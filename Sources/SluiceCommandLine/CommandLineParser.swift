/// One reading of a command line, word by word.
///
/// The first problem is kept and reading goes on, because a call for help further on outranks it. A word that starts
/// with a dash is never taken as the value of the option before it: `--root --yes` is a forgotten value far more
/// often than a strange one, and `--root=--yes` says the other thing. An empty value is refused as missing, since
/// `--root="$UNSET"` must not come to mean the real root.
struct CommandLineParser {
  private let grammar: CommandLineGrammar
  private var unread: ArraySlice<String>
  private var chain: [CommandSpecification] = []
  private var options: [String: [String]] = [:]
  private var positionals: [String] = []
  private var firstProblem: CommandLineProblem?
  private var sawEndOfOptions = false
  /// After an unknown command nothing more can be said about words.
  private var isLost = false

  private var path: [String] { chain.map(\.name) }
  private var isHelpCommand: Bool { chain.first == .help }
  private var complaint: CommandLineComplaint { CommandLineComplaint(grammar: grammar, path: path) }
  private var known: [OptionSpecification] {
    chain.reversed().flatMap(\.options) + grammar.globalOptions + [.help, .version]
  }

  init(grammar: CommandLineGrammar, words: [String]) {
    self.grammar = grammar
    unread = words[...]
  }

  consuming func parse() throws(CommandLineProblem) -> CommandLineOutcome {
    while let word = unread.popFirst() {
      if sawEndOfOptions || !Self.looksLikeOption(word) {
        readPlain(word)
      } else if word == "--" {
        sawEndOfOptions = true
      } else if word.utf8.starts(with: "--".utf8) {
        readLong(word)
      } else {
        readShort(word)
      }
    }
    return try outcome()
  }

  private func outcome() throws(CommandLineProblem) -> CommandLineOutcome {
    let topic = isHelpCommand ? positionals : path
    let isTopicKnown = grammar.chain(to: topic) != nil || isHelpCommand && grammar.topic(at: topic) != nil
    if options[OptionSpecification.help.name] != nil { return .help(path: isTopicKnown ? topic : []) }
    if options[OptionSpecification.version.name] != nil { return .version }
    if let problem = firstProblem ?? finalProblem { throw problem }
    guard !isHelpCommand else { return .help(path: topic) }
    return .run(ParsedCommandLine(path: path, options: options, positionals: positionals))
  }

  /// What is wrong with a command line whose every word is right.
  private var finalProblem: CommandLineProblem? {
    guard let command = chain.last else { return complaint.noCommand() }
    guard command.subcommands.isEmpty else { return complaint.noSubcommand(among: command.subcommands) }
    guard !isHelpCommand else {
      let isKnown = grammar.chain(to: positionals) != nil || grammar.topic(at: positionals) != nil
      return isKnown ? nil : complaint.unknownTopic(positionals)
    }
    return ArgumentCheck.problem(with: positionals, for: command, complaint)
  }

  private mutating func readPlain(_ word: String) {
    guard !isLost else { return }
    if chain.isEmpty, word == CommandSpecification.help.name { return chain.append(.help) }
    let level = chain.last?.subcommands ?? grammar.commands
    if let next = level.first(where: { $0.name == word }) { return chain.append(next) }
    guard chain.isEmpty || !level.isEmpty else { return positionals.append(word) }
    isLost = true
    note(complaint.unknownCommand(word, among: level))
  }

  private mutating func readLong(_ word: String) {
    var name = word.dropFirst(2)
    var value: String?
    if let sign = name.utf8.firstIndex(of: UInt8(ascii: "=")) {
      value = String(name[name.utf8.index(after: sign)...])
      name = name[..<sign]
    }
    guard let option = known.first(where: { $0.name == name }) else {
      return note(complaint.unknownOption("--\(name)", among: known))
    }
    read(option, spelling: "--\(name)", attached: value)
  }

  private mutating func readShort(_ word: String) {
    let letters = word.dropFirst()
    guard let option = known.first(where: { $0.short != nil && $0.short == letters.first }) else {
      return note(complaint.unknownOption(word, among: known))
    }
    guard letters.count == 1 else { return note(complaint.runOn(word, option, "-\(letters.prefix(1))")) }
    read(option, spelling: word, attached: nil)
  }

  private mutating func read(_ option: OptionSpecification, spelling: String, attached: String?) {
    var value = ""
    if option.isFlag {
      guard attached == nil else { return note(complaint.flagWithValue(spelling)) }
    } else {
      let next = attached == nil ? unread.first : nil
      value = attached ?? takeValue()
      guard !value.isEmpty else { return note(complaint.missingValue(option, spelling, next: next)) }
      if let allowed = option.allowedValues, !allowed.contains(value) {
        return note(complaint.notAllowed(value, for: "option \(spelling)", allowed: allowed))
      }
    }
    if !option.repeatable, options[option.name] != nil { note(complaint.repeated(option)) }
    options[option.name, default: []].append(value)
  }

  /// The next word, or an empty one where it cannot be a value.
  private mutating func takeValue() -> String {
    guard let next = unread.first, !Self.looksLikeOption(next) else { return "" }
    unread.removeFirst()
    return next
  }

  private mutating func note(_ problem: CommandLineProblem) { firstProblem = firstProblem ?? problem }

  /// A lone dash does not: by custom it stands for standard input.
  private static func looksLikeOption(_ word: String) -> Bool { word != "-" && word.utf8.starts(with: "-".utf8) }
}

extension CommandLineGrammar {
  /// Reads the words after the program's name.
  package func parse(_ words: [String]) throws(CommandLineProblem) -> CommandLineOutcome {
    try CommandLineParser(grammar: self, words: words).parse()
  }
}
