extension Policy {
  /// What became of one rule on the way to a verdict.
  package struct Finding: Sendable, Equatable {
    package let place: Int
    /// nil where an earlier rule had decided.
    package let match: RuleMatch?
  }

  /// What each rule says of a call. The first that matches, or that could not be told, is the one that decides.
  package func explain(
    _ principal: Principal, _ call: Call, evidence: ProcessEvidence, sender: SenderEvidence
  ) -> [Finding] {
    var isDecided = false
    return rules.enumerated().map { place, rule in
      if isDecided { return Finding(place: place, match: nil) }
      let found = match(rule, principal, call, { evidence }, { sender })
      switch found {
      case .no: break
      case .yes, .error: isDecided = true
      }
      return Finding(place: place, match: found)
    }
  }

  /// What an operator may not have meant, a sentence each.
  package var warnings: [String] {
    var found: [String] = []
    var end: PolicyRule?
    for rule in rules {
      if let end {
        found.append("policy rule \(rule.label) is never asked: rule \(end.label) before it matches every call")
        continue
      }
      let everything = !rule.asksForMethod
      if rule.effect == .allow, rule.isForEverybody {
        found.append(
          "policy rule \(rule.label) allows \(everything ? "everything" : "its methods") to everybody who can reach the"
            + " channel; name users, groups, executables or an attestation")
      } else if rule.effect == .allow, rule.patterns.contains(where: \.isAnything) {
        found.append("policy rule \(rule.label) allows every method by a bare \"*\"; name the methods that are needed")
      }
      if rule.isForEverybody, everything { end = rule }
    }
    return found
  }
}
