/// A command to run, with its options and arguments, all checked against the grammar.
package struct ParsedCommandLine: Equatable, Sendable {
  /// `["audit", "tail"]`.
  package var path: [String]
  /// Values by long name, in the order given; a flag has one empty string for each time it was given.
  package var options: [String: [String]]
  package var positionals: [String]

  package init(path: [String], options: [String: [String]] = [:], positionals: [String] = []) {
    self.path = path
    self.options = options
    self.positionals = positionals
  }

  /// Whether the flag was given.
  package func flag(_ name: String) -> Bool { options[name] != nil }

  /// How often the option was given.
  package func count(_ name: String) -> Int { values(name).count }

  /// The value of an option, never empty; nil where it was not given.
  package func value(_ name: String) -> String? { options[name]?.last }

  /// The values of a repeatable option.
  package func values(_ name: String) -> [String] { options[name] ?? [] }

  /// The positional argument at an index; nil where there are fewer.
  package func positional(_ index: Int) -> String? { positionals.indices.contains(index) ? positionals[index] : nil }
}
