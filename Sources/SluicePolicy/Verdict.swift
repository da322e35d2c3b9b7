/// What policy says of one call. That no rule matched is not the same as that one denied, and neither is a failure to
/// decide: the log keeps them apart, the peer sees one refusal.
package enum Verdict: Equatable, Sendable {
  case allow
  case deny(reason: String)
  case noRule(reason: String)
  case error(reason: String)

  package var isAllowed: Bool { self == .allow }
  /// Its name in records.
  package var name: String {
    switch self {
    case .allow: "allow"
    case .deny: "deny"
    case .noRule: "noRule"
    case .error: "error"
    }
  }

  /// The reason for the log, nil where the call is allowed.
  package var reason: String? {
    switch self {
    case .allow: nil
    case .deny(let reason): "denied: \(reason)"
    case .noRule(let reason): "no rule: \(reason)"
    case .error(let reason): "could not decide: \(reason)"
    }
  }
}
