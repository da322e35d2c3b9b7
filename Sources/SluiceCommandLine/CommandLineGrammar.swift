/// A whole command line as data: the parser, the help and the completions are all read off it.
///
/// `help [COMMAND]`, `--help`, `-h` and `--version` belong to every grammar and are not declared.
package struct CommandLineGrammar: Equatable, Sendable {
  package var program: String
  /// One line.
  package var summary: String
  /// Understood before and after every command.
  package var globalOptions: [OptionSpecification]
  package var commands: [CommandSpecification]
  /// What `help` explains besides commands.
  package var topics: [HelpTopic]

  package init(
    program: String, summary: String, globalOptions: [OptionSpecification], commands: [CommandSpecification],
    topics: [HelpTopic] = []
  ) {
    self.program = program
    self.summary = summary
    self.globalOptions = globalOptions
    self.commands = commands
    self.topics = topics
  }

  /// The commands along a path, outermost first; nil where the path leads nowhere.
  package func chain(to path: [String]) -> [CommandSpecification]? {
    if path == [CommandSpecification.help.name] { return [.help] }
    var chain: [CommandSpecification] = []
    var level = commands
    for name in path {
      guard let next = level.first(where: { $0.name == name }) else { return nil }
      chain.append(next)
      level = next.subcommands
    }
    return chain
  }

  /// Every command with its path, parents before their subcommands.
  package var allCommands: [(path: [String], command: CommandSpecification)] {
    var found: [(path: [String], command: CommandSpecification)] = []
    var waiting = commands.reversed().map { (path: [$0.name], command: $0) }
    while let next = waiting.popLast() {
      found.append(next)
      waiting += next.command.subcommands.reversed().map { (path: next.path + [$0.name], command: $0) }
    }
    return found
  }

  /// The usage of the command at `path`, in pieces that a line break must not split.
  func usageTokens(for path: [String]) -> [String] {
    guard let chain = chain(to: path), let command = chain.last else {
      return [program, "[OPTIONS]", "COMMAND", "[ARGUMENTS]"]
    }
    var tokens = [program] + path
    if !command.subcommands.isEmpty { tokens.append(command.subcommands.map(\.name).joined(separator: "|")) }
    tokens += chain.flatMap(\.options).map(\.usageToken)
    tokens += command.arguments.map(\.usageToken)
    return tokens
  }

  /// `sluice apply [--to PHASE] [--yes]`, for the command at `path`, or for the program where it leads nowhere.
  package func usage(for path: [String]) -> String { usageTokens(for: path).joined(separator: " ") }
}
