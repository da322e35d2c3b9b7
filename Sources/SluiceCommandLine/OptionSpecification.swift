/// An option of a command, or of every command.
package struct OptionSpecification: Equatable, Sendable {
  /// The long name, without dashes.
  package var name: String
  /// The one-letter name, without its dash.
  package var short: Character?
  /// What stands for the value in help; nil makes the option a flag. `FILE` and `DIR` complete as file names.
  package var placeholder: String?
  package var repeatable: Bool
  package var help: String
  /// The only values that are taken; nil where any non-empty one is.
  package var allowedValues: [String]?
  /// Named in help only; reading it is the caller's.
  package var environmentVariable: String?

  package init(
    _ name: String, short: Character? = nil, value placeholder: String? = nil, repeatable: Bool = false, help: String,
    allowedValues: [String]? = nil, environmentVariable: String? = nil
  ) {
    self.name = name
    self.short = short
    self.placeholder = placeholder
    self.repeatable = repeatable
    self.help = help
    self.allowedValues = allowedValues
    self.environmentVariable = environmentVariable
  }

  package var isFlag: Bool { placeholder == nil }

  /// The spellings a user may type: `--name` and, where there is one, `-n`.
  var spellings: [String] { ["--\(name)"] + (short.map { ["-\($0)"] } ?? []) }

  /// `[--to PHASE]`, for a usage line.
  var usageToken: String {
    let value = placeholder.map { " \($0)" } ?? ""
    return "[--\(name)\(value)]\(repeatable ? "..." : "")"
  }
}

extension OptionSpecification {
  /// Understood everywhere without being declared.
  static let help = OptionSpecification("help", short: "h", help: "Show help, for the command if one is given.")
  /// Understood everywhere without being declared.
  static let version = OptionSpecification("version", help: "Show the version.")
}
