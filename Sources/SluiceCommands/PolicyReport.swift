internal import SluiceCommandLine
internal import SluicePolicy
internal import SluiceWire

/// What `sluice policy test` says: the verdict, and what each rule had to do with it.
struct PolicyReport {
  let policy: Policy
  let asked: PolicyCase
  let decision: Decision
  let findings: [Policy.Finding]

  init(_ policy: Policy, _ asked: PolicyCase) {
    self.policy = policy
    self.asked = asked
    decision = policy.decide(for: asked.principal, asked.call, evidence: { asked.evidence }, sender: { asked.sender })
    findings = policy.explain(asked.principal, asked.call, evidence: asked.evidence, sender: asked.sender)
  }

  private var rule: String? { decision.rule.map { policy.rules[$0].label } }

  func lines(_ style: Style) -> [String] {
    var lines = [asked.text]
    if policy.rules.isEmpty { lines.append("no rules: the channel's user, root and members of its group may call") }
    for finding in findings {
      let rule = policy.rules[finding.place]
      let outcome =
        switch finding.match {
        case nil: "not asked"
        case .yes?: style.bold("matches")
        case .no(let why)?: "no: \(why)"
        case .error(let why)?: "could not decide: \(why)"
        }
      lines.append("rule \(rule.label) (\(rule.effect.rawValue)): \(outcome)")
    }
    switch decision.verdict {
    case .allow:
      let rate = decision.rule.flatMap { policy.rules[$0].rate == nil ? nil : ", within its rate" } ?? ""
      lines.append(style.green("allowed") + (rule.map { " by rule \($0)\(rate)" } ?? ""))
    default: lines.append("\(style.red("not permitted")): \(decision.verdict.reason ?? "")")
    }
    return lines
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verdict", decision.verdict.name)
    if let rule { json.member("rule", rule) }
    if let reason = decision.verdict.reason { json.member("reason", reason) }
    json.beginArray("rules")
    for finding in findings {
      let rule = policy.rules[finding.place]
      json.beginObject()
      json.member("rule", rule.label)
      json.member("effect", rule.effect.rawValue)
      switch finding.match {
      case nil: json.member("outcome", "not-asked")
      case .yes?: json.member("outcome", "matches")
      case .no(let why)?:
        json.member("outcome", "no")
        json.member("reason", why)
      case .error(let why)?:
        json.member("outcome", "error")
        json.member("reason", why)
      }
      json.endObject()
    }
    json.endArray()
    json.beginArray("warnings")
    for warning in policy.warnings { json.element(warning) }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
