internal import SluiceChannel

/// What `verify` found: a verdict, and the lines that lead to it.
package struct Verification: Equatable, Sendable {
  package enum Verdict: String, Sendable {
    /// Everything was looked at and is as declared.
    case proven
    /// Nothing contradicts, but something could not be looked at.
    case unproven
    /// Objects are not as declared.
    case drift
    /// The account does not balance, or the record was changed.
    case violated
  }
  package struct Line: Equatable, Sendable {
    package let subject: String
    package let finding: String
    package let verdict: Verdict
  }
  package private(set) var lines: [Line] = []

  package init() {}

  package mutating func add(_ subject: String, _ finding: String, _ verdict: Verdict) {
    lines.append(Line(subject: subject, finding: finding, verdict: verdict))
  }

  /// The worst of all lines.
  package var verdict: Verdict {
    for verdict in [Verdict.violated, .drift, .unproven] where lines.contains(where: { $0.verdict == verdict }) {
      return verdict
    }
    return .proven
  }
}
