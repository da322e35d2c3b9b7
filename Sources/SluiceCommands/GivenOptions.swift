internal import SluiceCommandLine
internal import SluiceScan

/// The options by which the user named the channel: a suggested command that lacks them would look at another one.
struct GivenOptions: Equatable, Sendable {
  private static let names = ["config", "channel", "root", "migrations"]
  private static let prefix = "sluice "

  private let grammar: CommandLineGrammar
  private let given: [(name: String, value: String)]

  init(_ options: [String: [String]] = [:], grammar: CommandLineGrammar = Grammar.sluice) {
    self.grammar = grammar
    given = Self.names.compactMap { name in options[name]?.last.map { (name, $0) } }
  }

  init(_ line: ParsedCommandLine) { self.init(line.options) }

  static func == (left: GivenOptions, right: GivenOptions) -> Bool {
    left.given.elementsEqual(right.given) { $0.name == $1.name && $0.value == $1.value }
  }

  /// The text with these options behind each `sluice COMMAND` in it, as words of a shell.
  ///
  /// Left as it is: what is no command (`sluice made it`), what is a path or a service's name before its lines
  /// (`sluice serve: ...`), and an option that a command cannot take or names itself.
  func completing(_ text: String) -> String {
    guard !given.isEmpty else { return text }
    var result = ""
    var rest = text[...]
    while let found = rest.firstRange(of: Self.prefix) {
      let before = found.lowerBound == text.startIndex ? nil : text[text.index(before: found.lowerBound)]
      result += rest[..<found.upperBound]
      rest = rest[found.upperBound...]
      guard !Self.isPartOfWord(before), let command = command(at: rest) else { continue }
      result += rest[..<command.end]
      rest = rest[command.end...]
      let own = Self.options(of: rest)
      for option in given where command.takes.contains(option.name) {
        if own.contains(option.name) || (option.name == "channel" && own.contains("config")) { continue }
        if option.name == "channel", given.contains(where: { $0.name == "config" }), command.path != ["init"] {
          continue
        }
        result += " --\(option.name) \(ShellWord.quoted(option.value))"
      }
      // The file says which channel it is; init alone takes the name besides.
      if given.contains(where: { $0.name == "config" }), command.path != ["init"] {
        rest = Self.withoutChannel(rest)
      }
    }
    return result + rest
  }

  /// The command whose words the text begins with.
  private func command(at text: Substring) -> (path: [String], takes: Set<String>, end: String.Index)? {
    var path: [String] = []
    var end = text.startIndex
    var takes = Set(grammar.globalOptions.map(\.name))
    var level = grammar.commands
    var rest = text
    while !level.isEmpty {
      let word = rest.prefix { $0.isLetter || $0 == "-" }
      let after = word.endIndex < text.endIndex ? text[word.endIndex] : nil
      guard let next = level.first(where: { $0.name == word }), !Self.isPartOfWord(after), after != ":" else { break }
      path.append(next.name)
      takes.formUnion(next.options.map(\.name))
      end = word.endIndex
      level = next.subcommands
      guard after == " " else { break }
      rest = text[text.index(after: end)...]
    }
    return path.isEmpty ? nil : (path, takes, end)
  }

  private static func isPartOfWord(_ character: Character?) -> Bool {
    guard let character else { return false }
    return character.isLetter || character.isNumber || "/_-".contains(character)
  }

  /// The long options of the command that goes on here.
  private static func options(of text: Substring) -> Set<String> {
    let command = text.prefix { !";,()\"\n".contains($0) }
    return Set(command.split(separator: " ").filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) })
  }

  private static func withoutChannel(_ text: Substring) -> Substring {
    let option = " --channel "
    guard let found = text.firstRange(of: option) else { return text }
    let command = text.prefix { !";,()\"\n".contains($0) }
    guard found.lowerBound < command.endIndex else { return text }
    let value = text[found.upperBound...].prefix { !" ;,()\"\n".contains($0) }
    return text[..<found.lowerBound] + text[value.endIndex...]
  }
}
