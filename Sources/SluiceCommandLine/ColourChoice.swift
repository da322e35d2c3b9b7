/// Whether output is coloured.
package enum ColourChoice: Equatable, Sendable {
  case coloured
  case plain

  /// Colour only on a terminal, and only where nobody has said no.
  ///
  /// `NO_COLOR` says no when it is present and not empty (no-color.org); `TERM=dumb` knows no escape sequences.
  package static func decide(isTerminal: Bool, environment: [String: String], noColorFlag: Bool) -> ColourChoice {
    let isUnwanted = noColorFlag || environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return isTerminal && !isUnwanted && environment["TERM"] != "dumb" ? .coloured : .plain
  }
}
