internal import SluicePolicy
internal import SluiceWire

/// What of a list its asker may be shown: what the rules that were in force when it asked let it call.
struct Listing {
  let filter: ListFilter
  let policy: Policy
  let standing: Standing
  let principal: Principal
  let evidence: ProcessEvidence
  let sender: SenderEvidence

  /// Nil where nothing is to be taken out: of messages that list nothing, and where no rule asks what is called.
  init?(
    _ message: Message, _ policy: Policy, _ standing: Standing, _ principal: Principal,
    evidence: () -> ProcessEvidence, sender: () -> SenderEvidence
  ) {
    guard message.kind == .request, case .open = standing, let filter = ListFilter(of: message.method) else {
      return nil
    }
    self.filter = filter
    self.policy = policy
    self.standing = standing
    self.principal = principal
    self.evidence = policy.needsEvidence ? evidence() : .absent
    self.sender = policy.needsSenderPerMessage ? sender() : .absent
  }

  private func allows(_ target: String) -> Bool {
    let call = Call(method: filter.method, target: target)
    return policy.decide(standing, principal, call, evidence: { evidence }, sender: { sender }).verdict.isAllowed
  }

  func applied(to result: HandlerResult) -> HandlerResult {
    switch result {
    case .line(let line, let shape): applied(to: line) { .line($0, shape) }
    case .reply(let line, let isError): applied(to: line) { .reply($0, isError: isError) }
    case .result, .refused, .silent, .withdrawn: result
    }
  }

  private func applied(to line: [UInt8], _ make: ([UInt8]) -> HandlerResult) -> HandlerResult {
    switch filter.apply(to: line, allows: allows) {
    case .unchanged: make(line)
    case .changed(let filtered): make(filtered)
    case .unreadable:
      .refused(
        Refusal(
          .handlerEnded, "the server gave no valid answer", reason: "its list cannot be read, and so not be filtered"))
    }
  }
}
