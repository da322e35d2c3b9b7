/// How much a finding matters.
package enum Severity: String, CaseIterable, Sendable, Comparable {
  /// A fact to know before a migration; nothing is wrong with it.
  case info
  /// Weaker than it could be, by design of many programs.
  case low
  /// Another user of the host can interfere under some condition.
  case medium
  /// Any other user of the host can read, forge, suppress or redirect messages now.
  case high

  private var rank: Int {
    switch self {
    case .info: 0
    case .low: 1
    case .medium: 2
    case .high: 3
    }
  }
  package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
}
