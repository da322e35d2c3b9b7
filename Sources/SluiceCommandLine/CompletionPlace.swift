/// A position in the tree of commands, and what can be typed there besides global options.
struct CompletionPlace {
  /// `/audit/tail`; empty before any command.
  var key: String
  /// Subcommands with their summaries.
  var commands: [(name: String, summary: String)] = []
  var options: [OptionSpecification] = []
  var arguments: [ArgumentSpecification] = []

  /// What the arguments can be: the words of all of them, or else the first that the file system knows.
  var argument: CompletionValue {
    let values = arguments.map { CompletionValue(placeholder: $0.name, allowed: $0.allowedValues) }
    let words = arguments.flatMap { $0.allowedValues ?? [] }
    return words.isEmpty ? values.first { $0 != .anything } ?? .anything : .words(words)
  }
}

extension CommandLineGrammar {
  static func key(of path: [String]) -> String { path.map { "/\($0)" }.joined() }

  /// Every place, the outermost first; `help` has the same tree of names below it as the program.
  var completionPlaces: [CompletionPlace] {
    let names = { (level: [CommandSpecification]) in level.map { (name: $0.name, summary: $0.summary) } }
    let help = CommandSpecification.help
    var places = [
      CompletionPlace(key: "", commands: names(commands + [help])),
      CompletionPlace(
        key: Self.key(of: [help.name]),
        commands: names(commands) + topics.map { (name: $0.name, summary: $0.summary) }),
    ]
    for (path, command) in allCommands {
      let options = (chain(to: path) ?? []).flatMap(\.options)
      let subcommands = names(command.subcommands)
      places.append(
        CompletionPlace(
          key: Self.key(of: path), commands: subcommands, options: options, arguments: command.arguments))
      guard !subcommands.isEmpty else { continue }
      places.append(CompletionPlace(key: Self.key(of: [help.name] + path), commands: subcommands))
    }
    return places
  }

  /// What is understood in every place.
  var completionGlobals: [OptionSpecification] { globalOptions + [.help, .version] }

  /// Arms of a shell `case` over `PLACE OPTION`, each with what the option's value is.
  func completionValueArms(printing command: String) -> [String] {
    let arm = { (place: String, option: OptionSpecification) -> [String] in
      guard let value = option.completionValue else { return [] }
      let patterns = option.spellings.map { "\(place)' \($0)'" }.joined(separator: " | ")
      return ["    \(patterns)) \(value.marker.isEmpty ? ":" : "\(command) '\(value.marker)'") ;;"]
    }
    return globalOptions.flatMap { arm("*", $0) }
      + completionPlaces.flatMap { place in place.options.flatMap { arm(place.key, $0) } }
  }
}
