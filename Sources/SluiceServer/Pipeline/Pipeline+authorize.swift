internal import SluicePolicy
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceReactor

/// Who may call what, and how often.
extension Pipeline {
  /// Takes a policy and a rate over, for messages of those who are connected too.
  func use(_ policy: Policy, rate: (count: Int64, period: Int64)?) {
    ruleRates = RuleRates(for: policy, keeping: ruleRates, of: self.policy)
    self.policy = policy
    let isSame = rate.map { new in settings.rate.map { $0 == new } ?? false } ?? (settings.rate == nil)
    guard !isSame else { return }
    settings.rate = rate
    rates = rate.map { UserRates(capacity: $0.count, period: $0.period) }
  }

  /// Authorization and rate of a message of a conversation; nil lets it pass.
  func refusal(for message: Message, _ session: PeerSession) -> Refusal? {
    if session.policy !== policy { session.stand(under: policy) }
    let decision: Decision
    var evidence: ProcessEvidence?
    switch session.standing {
    case .decided(let known): decision = known
    case .open: decision = decide(message, session, &evidence)
    }
    if let refusal = refusal(decision, evidence) { return refusal }
    if isDraining, message.kind == .request { return .draining }
    if !recorder.canRecord {
      return Refusal(.draining, "the server cannot record; try again later", retryAfterMilliseconds: 1000)
    }
    guard message.kind == .request, rates != nil || !ruleRates.isEmpty else { return nil }
    return rateRefusal(decision, session)
  }

  /// - Parameter evidence: what was found out about the sending program, where a rule asked.
  private func decide(
    _ message: Message, _ session: PeerSession, _ evidence: inout ProcessEvidence?
  ) -> Decision {
    let conversation = session.conversation
    var found: ProcessEvidence?
    defer { evidence = found }
    return policy.decide(
      session.standing, session.sender.principal, Call(message),
      evidence: {
        let answer = conversation?.evidence() ?? .unknown(reason: "the peer is gone")
        found = answer
        return answer
      },
      sender: {
        (conversation as? any SenderAttesting)?.senderEvidence()
          ?? .unknown(reason: "the sender of each message is not attested")
      })
  }

  /// The refusal that a verdict is; nil where it allows.
  func refusal(_ decision: Decision, _ evidence: ProcessEvidence? = nil) -> Refusal? {
    guard let reason = decision.verdict.reason else { return nil }
    var refusal = evidence.map { Refusal.denied(reason, for: $0) } ?? .denied(reason)
    refusal.ruling = Refusal.Ruling(verdict: decision.verdict.name, rule: label(decision.rule))
    return refusal
  }

  private func label(_ rule: Int?) -> String? { rule.map { policy.rules[$0].label } }

  private func rateRefusal(_ decision: Decision, _ session: PeerSession) -> Refusal? {
    let now = Clock.monotonic
    let uid = session.sender.principal.uid
    if let uid, let wait = rates?.take(uid: uid, now: now) {
      session.rest(for: wait)
      return rateRefusal(uid, wait)
    }
    guard let wait = ruleRates.take(rule: decision.rule, uid: uid, now: now) else { return nil }
    session.rest(for: wait)
    var refusal = Self.tooMany("rate of rule \(label(decision.rule) ?? "")", wait)
    refusal.ruling = Refusal.Ruling(verdict: decision.verdict.name, rule: label(decision.rule))
    return refusal
  }

  private static func tooMany(_ reason: String, _ wait: Int64) -> Refusal {
    Refusal(
      .tooMany, "too many messages", reason: reason,
      retryAfterMilliseconds: (wait / 1_000_000) + (wait % 1_000_000 == 0 ? 0 : 1))
  }

  // MARK: Drops

  /// Of a file's writer no process is left to ask about.
  func decision(on message: Message, of principal: Principal) -> Decision {
    policy.decide(
      for: principal, Call(message), evidence: { .absent }, sender: { .absent })
  }
}

extension Call {
  init(_ message: Message) {
    self.init(method: message.method, target: message.target, isResponse: message.kind == .response)
  }
}
