/// Who may call what: ordered rules, of which the first that matches decides; where none matches, the answer is no.
/// Without rules the default policy decides.
package final class Policy: Sendable {
  package let rules: [PolicyRule]
  package let fallback: DefaultPolicy
  /// What a caller may not have of tools, prompts and resources is answered as if it did not exist.
  package let hides: Bool

  package init(rules: [PolicyRule], fallback: DefaultPolicy, hides: Bool = false) {
    self.rules = rules
    self.fallback = fallback
    self.hides = hides
  }

  /// Whether any rule asks which program sends a message.
  package var needsEvidence: Bool { rules.contains { !$0.programs.isEmpty } }
  /// Whether any rule asks which process sends a message.
  package var needsSenderPerMessage: Bool { rules.contains(where: \.needsSender) }

  /// The rules that may match a caller's messages.
  package func standing(of principal: Principal) -> Standing {
    guard !rules.isEmpty else { return .decided(Decision(fallback.verdict(for: principal))) }
    var places: [Int] = []
    var mayAllow = false
    for (place, rule) in rules.enumerated() {
      switch rule.matches(principal) {
      case .no: continue
      case .error(let reason):
        let decision = Decision(.error(reason: reason), rule: place)
        if places.isEmpty { return .decided(decision) }
        places.append(place)
        return mayAllow ? .open(places) : .decided(decision)
      case .yes:
        if rule.isFixed, places.isEmpty { return .decided(decision(rule, at: place)) }
        places.append(place)
        if rule.effect == .allow { mayAllow = true }
      }
      if rule.isFixed { break }
    }
    return mayAllow ? .open(places) : .decided(nobody(principal))
  }

  /// The verdict on one call of a caller whose standing is known. Evidence is asked for only where a rule that matches
  /// otherwise needs it.
  package func decide(
    _ standing: Standing, _ principal: Principal, _ call: Call, evidence: () -> ProcessEvidence,
    sender: () -> SenderEvidence
  ) -> Decision {
    switch standing {
    case .decided(let decision): return decision
    case .open(let places):
      for place in places {
        let rule = rules[place]
        switch match(rule, principal, call, evidence, sender) {
        case .no: continue
        case .yes: return decision(rule, at: place)
        case .error(let reason): return Decision(.error(reason: reason), rule: place)
        }
      }
      return Decision(.noRule(reason: "no rule allows this to \(Self.name(principal))"))
    }
  }

  /// The verdict on one call.
  package func decide(
    for principal: Principal, _ call: Call, evidence: () -> ProcessEvidence, sender: () -> SenderEvidence
  ) -> Decision {
    decide(standing(of: principal), principal, call, evidence: evidence, sender: sender)
  }

  func match(
    _ rule: PolicyRule, _ principal: Principal, _ call: Call, _ evidence: () -> ProcessEvidence,
    _ sender: () -> SenderEvidence
  ) -> RuleMatch {
    var found = rule.matches(principal)
    if found == .yes { found = rule.matches(call) }
    if found == .yes, rule.needsSender { found = rule.matches(sender()) }
    if found == .yes, !rule.programs.isEmpty { found = rule.matches(evidence()) }
    return found
  }

  private func decision(_ rule: PolicyRule, at place: Int) -> Decision {
    Decision(rule.effect == .allow ? .allow : .deny(reason: "by rule \(rule.label)"), rule: place)
  }

  private func nobody(_ principal: Principal) -> Decision {
    Decision(.noRule(reason: "no rule could allow anything to \(Self.name(principal))"))
  }

  private static func name(_ principal: Principal) -> String {
    if principal.isShared || principal.attestation == .none { return "an unknown writer" }
    return principal.uid.map { "uid \($0)" } ?? "an unknown caller"
  }
}
