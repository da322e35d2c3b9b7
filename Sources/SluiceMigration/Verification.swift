package import SluiceRelay
package import SluiceStore
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
  /// What a line is about, in the order in which they are shown.
  package enum Section: String, Sendable, CaseIterable {
    case objects
    case path
    case record
    case ledger
    case witness
    case coverage
    case canaries
    case services
  }
  package struct Line: Equatable, Sendable {
    package let section: Section
    package let subject: String
    package let finding: String
    package let verdict: Verdict
    /// Messages that contradict.
    package let ids: [String]
  }
  /// A legacy path as the relay saw it and as the ledger has it.
  package struct Witness: Equatable, Sendable {
    package var path = ""
    /// What the relay counted.
    package var counts = RelayAccount.Path()
    package var delivered: Int64 = 0
    package var quarantined: Int64 = 0
    package init() {}
  }

  package private(set) var lines: [Line] = []
  /// Every row of the ledger, by generation and route.
  package var ledger: [LedgerEntry] = []
  package var witnesses: [Witness] = []
  /// Times that nobody witnessed, latest first.
  package var gaps: [RelayGap] = []
  package var censuses: [CanaryCensus] = []

  package init() {}

  package mutating func add(
    _ section: Section, _ subject: String, _ finding: String, _ verdict: Verdict, ids: [String] = []
  ) {
    lines.append(Line(section: section, subject: subject, finding: finding, verdict: verdict, ids: ids))
  }

  /// The worst of all lines.
  package var verdict: Verdict {
    for verdict in [Verdict.violated, .drift, .unproven] where lines.contains(where: { $0.verdict == verdict }) {
      return verdict
    }
    return .proven
  }
}
