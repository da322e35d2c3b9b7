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
  /// - Parameter evidence: what was found out about the sending program, where a rule asked.
  func refusal(
    for message: Message, _ session: PeerSession, _ evidence: inout ProcessEvidence?
  ) -> Refusal? {
    if session.policy !== policy { session.stand(under: policy) }
    let decision: Decision
    switch session.standing {
    case .decided(let known): decision = known
    case .open:
      var doubt: String?
      decision = decide(message, session, &evidence, &doubt)
      if let reason = decision.verdict.reason {
        var found = refusal(decision, doubt.map { "\(reason) (\($0))" } ?? reason, evidence, session)
        if policy.hides, found.code == .notPermitted {
          found.disguise = Refusal.unknown(message.method, message.target)
        }
        return found
      }
    }
    if let refusal = refusal(decision) { return refusal }
    if isDraining, message.kind == .request { return .draining }
    if !recorder.canRecord {
      return Refusal(.draining, "the server cannot record; try again later", retryAfterMilliseconds: 1000)
    }
    guard hasRates, message.kind == .request else { return nil }
    return rateRefusal(decision, session)
  }

  /// The refusal of a call about whose sender rules asked.
  private func refusal(
    _ decision: Decision, _ reason: String, _ evidence: ProcessEvidence?, _ session: PeerSession
  ) -> Refusal {
    var refusal =
      session.conversation?.isOlderThanRules == true
      ? Refusal.connectAgain(reason)
      : evidence.map { Refusal.denied(reason, for: $0) } ?? .denied(reason)
    refusal.ruling = Refusal.Ruling(verdict: decision.verdict.name, rule: label(decision.rule))
    return refusal
  }

  /// What of a list may be shown to who asks for it.
  func listing(_ message: Message, _ session: PeerSession) -> Listing? {
    Listing(
      message, policy, session.standing, session.sender.principal,
      evidence: { session.conversation?.evidence() ?? .absent },
      sender: { (session.conversation as? any SenderAttesting)?.senderEvidence() ?? .absent })
  }

  /// - Parameter doubt: what could not be found out.
  private func decide(
    _ message: Message, _ session: PeerSession, _ evidence: inout ProcessEvidence?, _ doubt: inout String?
  ) -> Decision {
    let conversation = session.conversation
    var found: ProcessEvidence?
    var unknown: String?
    defer {
      evidence = found
      doubt = unknown
    }
    return policy.decide(
      session.standing, session.sender.principal, Call(message),
      evidence: {
        // Looked up once, however many rules ask.
        let answer = found ?? conversation?.evidence() ?? .unknown(reason: "the peer is gone")
        found = answer
        if case .unknown(let reason) = answer { unknown = reason }
        return answer
      },
      sender: {
        let answer =
          (conversation as? any SenderAttesting)?.senderEvidence()
          ?? .unknown(reason: "the sender of each message is not attested")
        if case .unknown(let reason) = answer { unknown = reason }
        return answer
      })
  }

  /// The refusal that a verdict is; nil where it allows.
  func refusal(_ decision: Decision) -> Refusal? {
    guard let reason = decision.verdict.reason else { return nil }
    var refusal = Refusal.denied(reason)
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
