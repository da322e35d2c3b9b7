/// A line a reader can copy, and what it does.
package struct CommandExample: Equatable, Sendable {
  package var line: String
  package var meaning: String

  package init(_ line: String, _ meaning: String) {
    self.line = line
    self.meaning = meaning
  }
}
