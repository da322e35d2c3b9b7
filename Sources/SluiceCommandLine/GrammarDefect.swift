/// Something in a grammar that would make a command line mean two things, or nothing.
package struct GrammarDefect: Equatable, Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    case duplicateCommand
    case duplicateOption
    case duplicateShortName
    case reservedName
    case unsafeName
    case valuesOfFlag
    case noValues
    case requiredAfterOptional
    case restNotLast
    case argumentsBesideSubcommands
    case refusedExample
  }

  package var kind: Kind
  /// The command concerned, empty for the grammar itself.
  package var path: [String]
  /// The name concerned.
  package var name: String

  package init(_ kind: Kind, path: [String] = [], name: String) {
    self.kind = kind
    self.path = path
    self.name = name
  }
}
