/// The sentences in which a command line is refused, for one command.
struct CommandLineComplaint {
  var grammar: CommandLineGrammar
  /// The command as far as it was understood.
  var path: [String]

  func unknownCommand(_ word: String, among level: [CommandSpecification]) -> CommandLineProblem {
    let kind = path.isEmpty ? "unknown command" : "\(subject) has no subcommand"
    let names = level.map(\.name) + (path.isEmpty ? [CommandSpecification.help.name] : [])
    return problem(
      .unknownCommand, "\(kind) \(TerminalText.quoted(word))", suggestion: NearestName.find(word, among: names))
  }

  func unknownTopic(_ topic: [String]) -> CommandLineProblem {
    let word = topic.joined(separator: " ")
    let names = grammar.allCommands.map { $0.path.joined(separator: " ") } + grammar.topics.map(\.name)
    return problem(
      .unknownCommand, "no help for unknown command \(TerminalText.quoted(word))",
      suggestion: NearestName.find(word, among: names))
  }

  func noCommand() -> CommandLineProblem {
    problem(.missingCommand, "no command given; \"\(grammar.program) help\" lists them")
  }

  func noSubcommand(among level: [CommandSpecification]) -> CommandLineProblem {
    problem(.missingCommand, "\(subject) needs a subcommand: \(Alternatives.any(of: level.map(\.name)))")
  }

  func unknownOption(_ spelling: String, among known: [OptionSpecification]) -> CommandLineProblem {
    let quoted = TerminalText.quoted(spelling)
    let owners = grammar.allCommands.filter { $0.command.options.contains { $0.spellings.contains(spelling) } }
    let takers = Alternatives.all(of: owners.map { $0.path.joined(separator: " ") })
    switch (path.isEmpty, owners.isEmpty) {
    case (true, false):
      return problem(.unknownOption, "option \(quoted) goes after its command: \(takers)")
    case (false, false):
      return problem(.unknownOption, "\(subject) has no option \(quoted); it belongs to \(takers)")
    case (let isOutside, true):
      return problem(
        .unknownOption, isOutside ? "unknown option \(quoted)" : "\(subject) has no option \(quoted)",
        suggestion: NearestName.find(spelling, among: known.map { "--\($0.name)" }))
    }
  }

  func repeated(_ option: OptionSpecification) -> CommandLineProblem {
    problem(.repeatedOption, "option --\(option.name) may be given only once")
  }

  /// `next` is the word that could have been the value.
  func missingValue(_ option: OptionSpecification, _ spelling: String, next: String?) -> CommandLineProblem {
    let sentence = "option \(spelling) needs a value, \(option.placeholder ?? "VALUE")"
    let looksLikeOption = next?.utf8.starts(with: "-".utf8) ?? false
    return problem(
      .missingValue,
      looksLikeOption ? "\(sentence); one that begins with a dash is written --\(option.name)=..." : sentence)
  }

  func flagWithValue(_ spelling: String) -> CommandLineProblem {
    problem(.unexpectedValue, "option \(spelling) takes no value")
  }

  func runOn(_ word: String, _ option: OptionSpecification, _ spelling: String) -> CommandLineProblem {
    let advice = option.isFlag ? "one-letter options are written one by one" : "its value is a word of its own"
    return problem(.unexpectedValue, "\(TerminalText.quoted(word)) runs on after option \(spelling); \(advice)")
  }

  /// `bearer` is what takes the value: an option as spelt, or an argument's name.
  func notAllowed(_ word: String, for bearer: String, allowed: [String]) -> CommandLineProblem {
    problem(
      .valueNotAllowed, "\(bearer) takes \(Alternatives.any(of: allowed)), not \(TerminalText.quoted(word))",
      suggestion: NearestName.find(word, among: allowed))
  }

  func missing(_ arguments: [ArgumentSpecification]) -> CommandLineProblem {
    problem(.missingArgument, "\(subject) needs \(Alternatives.all(of: arguments.map(\.name)))")
  }

  func tooMany(_ extra: String, beyond arguments: [ArgumentSpecification]) -> CommandLineProblem {
    let limit = arguments.isEmpty ? "no argument" : "only \(Alternatives.all(of: arguments.map(\.name)))"
    return problem(.unexpectedArgument, "\(subject) takes \(limit), so \(TerminalText.quoted(extra)) is too much")
  }

  private var subject: String { path.joined(separator: " ") }

  private func problem(
    _ code: CommandLineProblem.Code, _ message: String, suggestion: String? = nil
  ) -> CommandLineProblem {
    CommandLineProblem(
      code: code, message: message, suggestion: suggestion, usage: grammar.usage(for: path), program: grammar.program)
  }
}
