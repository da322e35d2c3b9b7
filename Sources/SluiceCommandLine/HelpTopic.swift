/// Something that `help NAME` explains and that is no command.
package struct HelpTopic: Equatable, Sendable {
  package var name: String
  /// One line.
  package var summary: String
  /// Paragraphs are separated by an empty line; an indented line is kept as it is.
  package var text: String

  package init(_ name: String, summary: String, text: String) {
    self.name = name
    self.summary = summary
    self.text = text
  }
}

extension CommandLineGrammar {
  func topic(at path: [String]) -> HelpTopic? {
    path.count == 1 ? topics.first { $0.name == path[0] } : nil
  }
}
