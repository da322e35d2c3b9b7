/// Help, written from the grammar.
package struct HelpScreen: Sendable {
  /// Narrower than this, lines are left to the terminal to break.
  static let narrowest = 40

  let grammar: CommandLineGrammar
  let width: Int
  let exitCodes: [ExitCode]

  /// `width` is in cells; `exitCodes` is the table at the end of a command's help.
  package init(_ grammar: CommandLineGrammar, width: Int = 80, exitCodes: [ExitCode] = ExitCode.allCases) {
    self.grammar = grammar
    self.width = max(width, Self.narrowest)
    self.exitCodes = exitCodes
  }

  /// Help for the command at `path`, or the overview where the path is empty or leads nowhere; ends in a newline.
  package func text(for path: [String] = []) -> String {
    let sections =
      if let topic = grammar.topic(at: path) {
        [TextWrapping.paragraphs(topic.summary, width: width), TextWrapping.paragraphs(topic.text, width: width)]
      } else if let chain = grammar.chain(to: path), let command = chain.last {
        explanation(of: command, chain, path)
      } else {
        overview
      }
    let lines = sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
    return lines.joined(separator: "\n\n") + "\n"
  }

  private var overview: [[String]] {
    var groups: [(name: String, entries: DefinitionList)] = []
    for command in grammar.commands {
      let entry = (term: command.name, meaning: command.summary)
      if let index = groups.firstIndex(where: { $0.name == command.group }) {
        groups[index].entries.entries.append(entry)
      } else {
        groups.append((command.group, DefinitionList(entries: [entry])))
      }
    }
    let column = DefinitionList(entries: groups.flatMap(\.entries.entries)).termWidth
    let intro = TextWrapping.paragraphs("\(grammar.program): \(grammar.summary)", width: width)
    let more = TextWrapping.paragraphs("\"\(grammar.program) help COMMAND\" explains a command.", width: width)
    return [intro, usage(for: [])]
      + groups.map { ["\($0.name):"] + $0.entries.lines(width: width, column: column) }
      + [section("Topics", grammar.topics.map { ($0.name, $0.summary) }), globalOptions, more]
  }

  private func explanation(
    of command: CommandSpecification, _ chain: [CommandSpecification], _ path: [String]
  ) -> [[String]] {
    let arguments = command.arguments.map { ($0.name, Self.sentence($0.help, allowed: $0.allowedValues)) }
    let examples = command.examples.flatMap { example in
      let meaning = TextWrapping.fill(example.meaning.split(separator: " ").map(String.init), width: width - 6)
      return ["  \(example.line)"] + meaning.map { "      \($0)" }
    }
    return [
      usage(for: path),
      TextWrapping.paragraphs(command.summary, width: width),
      TextWrapping.paragraphs(command.discussion, width: width),
      section("Subcommands", command.subcommands.map { ($0.name, $0.summary) }),
      section("Arguments", arguments),
      section("Options", Self.entries(chain.flatMap(\.options))),
      globalOptions,
      examples.isEmpty ? [] : ["Examples:"] + examples,
      section("Exit codes", exitCodes.map { (TerminalText.padded("\($0.rawValue)", to: 2, .right), $0.summary) }),
    ]
  }

  private func usage(for path: [String]) -> [String] {
    let tokens = ["Usage:"] + grammar.usageTokens(for: path)
    let lines = TextWrapping.fill(tokens, width: width - 7)
    return lines.prefix(1) + lines.dropFirst().map { "       \($0)" }
  }

  private var globalOptions: [String] {
    section("Global options", Self.entries(grammar.globalOptions + [.help, .version]))
  }

  private func section(_ title: String, _ entries: [(String, String)]) -> [String] {
    entries.isEmpty ? [] : ["\(title):"] + DefinitionList(entries: entries).lines(width: width)
  }

  private static func entries(_ options: [OptionSpecification]) -> [(String, String)] {
    let hasShort = options.contains { $0.short != nil }
    return options.map { option in
      let short = option.short.map { "-\($0), " } ?? (hasShort ? "    " : "")
      let value = option.placeholder.map { " \($0)" } ?? ""
      var help = sentence(option.help, allowed: option.allowedValues)
      if option.repeatable { help += " May be repeated." }
      if let variable = option.environmentVariable { help += " Environment: \(variable)." }
      return ("\(short)--\(option.name)\(value)", help)
    }
  }

  private static func sentence(_ help: String, allowed: [String]?) -> String {
    guard let allowed else { return help }
    return "\(help) One of \(Alternatives.all(of: allowed))."
  }
}
