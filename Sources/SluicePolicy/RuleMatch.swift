/// Whether a rule, or a condition of one, holds.
package enum RuleMatch: Sendable, Equatable {
  case yes
  case no(String)
  /// It could not be told, and the rule needed it.
  case error(String)
}

extension PolicyRule {
  /// The conditions that are the same for every message of a caller.
  ///
  /// Of a file that others than its owner could write nobody knows the writer: it counts as `none`.
  package func matches(_ principal: Principal) -> RuleMatch {
    let known = principal.isShared ? Principal.Attestation.none : principal.attestation
    guard known >= attestation else {
      return .no("the caller is known by \(known.rawValue) only, less than \(attestation.rawValue)")
    }
    guard users != nil || groups != nil else { return .yes }
    guard known != .none else { return .no("nobody knows who wrote the message") }
    guard let uid = principal.uid else { return .error("no uid is attested") }
    if let users, !users.contains(uid) { return .no("uid \(uid) is not among its users") }
    if let groups, !covers(principal, groups) { return .no("uid \(uid) is in none of its groups") }
    return .yes
  }

  package func matches(_ call: Call) -> RuleMatch {
    guard asksForMethod else { return .yes }
    // Of a message that is always admitted the rule is not asked whether it names it: only a refusal must.
    if effect == .allow, call.isAdmittedAlways { return .yes }
    if call.isAdmittedAlways { return .no("a message of its kind is refused with the caller only") }
    return patterns.contains { $0.matches(call) } ? .yes : .no("it names other methods")
  }

  /// A program that is not known is none of an allowing rule's, and may be one of a denying rule's.
  package func matches(_ evidence: ProcessEvidence) -> RuleMatch {
    switch evidence {
    case .unknown(let reason):
      let why = "the program is not known: \(reason)"
      return effect == .allow ? .no(why) : .error(why)
    case .program(let program):
      let isNamed = programs.contains { $0.sha256 == program.sha256 && ($0.path ?? program.path) == program.path }
      return isNamed ? .yes : .no("the program is none of its executables")
    }
  }

  package func matches(_ sender: SenderEvidence) -> RuleMatch {
    switch sender {
    case .same: .yes
    case .other(let pid): .no("the message was sent by another process\(pid.map { " (\($0))" } ?? "")")
    case .unknown(let reason): .no("it is not known who sent the message: \(reason)")
    }
  }
}
