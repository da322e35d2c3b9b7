/// A command, or a command that only holds subcommands.
package struct CommandSpecification: Equatable, Sendable {
  package var name: String
  /// The heading under which the overview lists it.
  package var group: String
  /// One line.
  package var summary: String
  /// Paragraphs are separated by an empty line; an indented line is kept as it is.
  package var discussion: String
  package var arguments: [ArgumentSpecification]
  /// Also understood by the subcommands.
  package var options: [OptionSpecification]
  package var examples: [CommandExample]
  package var subcommands: [CommandSpecification]

  package init(
    _ name: String, group: String = "Commands", summary: String, discussion: String = "",
    arguments: [ArgumentSpecification] = [], options: [OptionSpecification] = [], examples: [CommandExample] = [],
    subcommands: [CommandSpecification] = []
  ) {
    self.name = name
    self.group = group
    self.summary = summary
    self.discussion = discussion
    self.arguments = arguments
    self.options = options
    self.examples = examples
    self.subcommands = subcommands
  }
}

extension CommandSpecification {
  /// Understood without being declared.
  static let help = CommandSpecification(
    "help", summary: "Explain a command.",
    arguments: [ArgumentSpecification("COMMAND", .rest, help: "The command to explain; without it, all are listed.")])
}
