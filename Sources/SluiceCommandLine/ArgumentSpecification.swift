/// A positional argument of a command.
package struct ArgumentSpecification: Equatable, Sendable {
  package enum Presence: Equatable, Sendable {
    case required
    case optional
    /// All that is left, and that may be nothing.
    case rest
  }

  /// As shown in usage, in capitals. `FILE` and `DIR` complete as file names.
  package var name: String
  package var presence: Presence
  package var help: String
  /// The only words that are taken; nil where any is.
  package var allowedValues: [String]?

  package init(_ name: String, _ presence: Presence, help: String, allowedValues: [String]? = nil) {
    self.name = name
    self.presence = presence
    self.help = help
    self.allowedValues = allowedValues
  }

  var usageToken: String {
    switch presence {
    case .required: name
    case .optional: "[\(name)]"
    case .rest: "[\(name)...]"
    }
  }
}
