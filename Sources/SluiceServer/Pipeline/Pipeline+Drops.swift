internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// Messages that were left for us: each has an id, and its original is let go of only when its outcome is durable.
extension Pipeline: MessageSink {
  func opened(_ conversation: any Conversation) -> (any ConversationSession)? { begin(conversation) }
  func noticed(_ text: String) { (noticed as (String) -> Void)(text) }
  func retired(idPrefix: String) {
    recorder.forget { $0.hasPrefix(idPrefix + "-") && QuarantineDesk.mayForget($0, quarantine) }
  }

  func dropped(_ bytes: RawSpan, _ drop: Drop) { take(bytes, drop, claimedFacts: nil) }

  /// Takes a drop; `facts` are those that its deliverer vouches for and may vouch for.
  func take(_ bytes: RawSpan, _ drop: Drop, claimedFacts facts: Envelope?) {
    if isDraining || isKnown(drop, bytes) { return }
    if PlantedFault.losesDrops.isPlanted, drop.path != nil, drop.id.hasSuffix("7-0") { return settleLater(drop) }
    StopPoint.received.pass()
    guard recorder.canRecord else { return takeLater(Self.copy(bytes), drop, facts) }
    let arrived = Clock.monotonic
    var token = facts?.reply
    var canary = facts?.canary
    var range = 0..<bytes.byteCount
    let message: Message
    do throws(Refusal) {
      var found = try reader.read(bytes)
      if found.isEnvelope {
        let envelope = try reader.openEnvelope(bytes)
        guard !envelope.isVouching, let inner = envelope.message else { throw .forgedEnvelope }
        token = envelope.reply ?? token
        canary = envelope.canary ?? canary
        range = inner
        found = try reader.read(bytes.extracting(inner))
        if found.isEnvelope { throw .forgedEnvelope }
      }
      message = understood(found)
    } catch {
      spoiled(bytes, error, drop)
      return
    }
    let exchange = Exchange(
      origin: .drop(drop, replyToken: token), message: message,
      sender: Sender(drop), byteCount: bytes.byteCount, arrived: arrived)
    if let canary {
      takeCanary(canary, exchange, drop, bytes)
      return
    }
    handling[drop.id] = exchange
    inFlight += 1
    judge(HeldDrop(exchange: exchange, bytes: Self.copy(bytes), message: range))
  }

  /// A drop on its way to the handler, with all of its bytes and where its message stands among them.
  struct HeldDrop {
    let exchange: Exchange
    let bytes: [UInt8]
    let message: Range<Int>
  }

  private func judge(_ held: HeldDrop, hasUserToken: Bool = false) {
    guard case .drop(let drop, let token) = held.exchange.origin else { return }
    let decision = decision(on: held.exchange.message, of: drop.principal)
    guard let refusal = refusal(decision) else {
      return waitForRate(held, drop, under: decision.rule, in: policy, hasUserToken: hasUserToken)
    }
    handling[drop.id] = nil
    inFlight -= 1
    answer(held.exchange, token, .refused(refusal))
    unsafe quarantine(held.bytes.span.bytes, refusal, drop, held.exchange)
  }

  /// A rate that is used up holds a drop back instead of refusing it: nobody is there to be told to come again.
  ///
  /// Each bucket is asked once it has a token to give, so that waiting for one does not use up the other. What a reload
  /// finds waiting is judged anew.
  private func waitForRate(
    _ held: HeldDrop, _ drop: Drop, under rule: Int?, in asked: Policy, hasUserToken: Bool
  ) {
    guard asked === policy else { return judge(held, hasUserToken: hasUserToken) }
    let uid = drop.principal.uid
    if !hasUserToken, let uid, let wait = rates?.take(uid: uid, now: Clock.monotonic) {
      return hold(held, drop, for: wait) { [self] in
        waitForRate(held, drop, under: rule, in: asked, hasUserToken: false)
      }
    }
    if let wait = ruleRates.take(rule: rule, uid: uid, now: Clock.monotonic) {
      return hold(held, drop, for: wait) { [self] in
        waitForRate(held, drop, under: rule, in: asked, hasUserToken: true)
      }
    }
    hand(Array(held.bytes[held.message]), held.exchange, drop)
  }

  private func hold(_ held: HeldDrop, _ drop: Drop, for time: Int64, _ body: @escaping () -> Void) {
    held.exchange.isHeldBack = true
    reactor.schedule(after: time) { [weak self] in
      // A drain has let go of it otherwise, and it may have been handed in anew.
      guard let self, self.handling[drop.id] === held.exchange else { return }
      held.exchange.isHeldBack = false
      body()
    }
  }

  func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {
    if isDraining || isKnown(drop, bytes) { return }
    quarantine(bytes, refusal, drop, nil)
  }

  /// Whether the id was seen before: then its outcome stands, and nothing acts again.
  private func isKnown(_ drop: Drop, _ bytes: RawSpan) -> Bool {
    if PlantedFault.ignoresKnownIds.isPlanted { return false }
    guard let outcome = recorder.known[drop.id] else {
      guard let exchange = handling[drop.id] else { return false }
      replaceSource(of: exchange, with: drop)
      return true
    }
    guard outcome == .started else {
      settleLater(drop)
      return true
    }
    if let exchange = handling[drop.id] {
      replaceSource(of: exchange, with: drop)
    } else {
      // A handler had it when this process' predecessor was killed. It may have acted: never twice, and never lost.
      quarantine(
        bytes, Refusal(.handlerEnded, "interrupted", reason: "the handler was interrupted and may have acted"), drop,
        nil)
    }
    return true
  }

  private func takeLater(_ bytes: [UInt8], _ drop: Drop, _ facts: Envelope?) {
    putOffCount += 1
    let number = putOffCount
    putOff[drop.id] = number
    reactor.schedule(after: 1_000_000_000) { [weak self] in
      // It may have been withdrawn meanwhile, or have come again over a new connection.
      guard let self, self.putOff[drop.id] == number else { return }
      self.putOff[drop.id] = nil
      unsafe self.take(bytes.span.bytes, drop, claimedFacts: facts)
    }
  }

  private func replaceSource(of exchange: Exchange, with drop: Drop) {
    guard case .drop(_, let token) = exchange.origin else { return }
    exchange.origin = .drop(drop, replyToken: token)
  }

  private func settleLater(_ drop: Drop) { reactor.schedule(after: 0) { drop.source.settle(drop.id) } }

  private func takeCanary(_ token: String, _ exchange: Exchange, _ drop: Drop, _ bytes: RawSpan) {
    guard canaries.saw(token, on: drop.route) else {
      quarantine(bytes, .forgedEnvelope, drop, exchange)
      return
    }
    record(.canary, exchange, drop, nil) { drop.source.settle(drop.id) }
  }

  private func hand(_ bytes: [UInt8], _ exchange: Exchange, _ drop: Drop) {
    guard let handler, !isDraining else {
      // It stays where it is, for the next server.
      handling[drop.id] = nil
      inFlight -= 1
      return
    }
    if let result = handler.immediate(exchange.message) {
      finish(exchange, result)
      return
    }
    var call = HandlerCall(
      bytes: bytes, message: exchange.message, principal: exchange.sender.principal, route: drop.route, id: drop.id,
      prepare: !handler.mayAct
        ? nil
        : { [self] goOn in recorder.intend(id: drop.id, route: drop.route, committed: goOn) })
    exchange.listing = Listing(
      exchange.message, policy, policy.standing(of: drop.principal), drop.principal, evidence: { .absent },
      sender: { .absent })
    call.proof = drop.proof
    call.path = drop.path
    if PlantedFault.handlesTwice.isPlanted { handler.handle(call) { _ in } }
    handler.handle(call) { [self] in finish(exchange, $0) }
  }

  func finishDrop(_ exchange: Exchange, _ drop: Drop, _ token: String?, _ result: HandlerResult) {
    var kind = Self.kind(of: result)
    if kind == .rejected { kind = .failed }
    StopPoint.answered.pass()
    record(kind, exchange, drop, result) { [self] in
      answer(exchange, token, result)
      handling[drop.id] = nil
      inFlight -= 1
      // The source may have changed while the handler worked.
      if case .drop(let current, _) = exchange.origin { current.source.settle(current.id) }
    }
  }

  private func record(
    _ kind: Outcome.Kind, _ exchange: Exchange, _ drop: Drop, _ result: HandlerResult?,
    committed: @escaping () -> Void
  ) {
    var ending = Ending(kind, of: exchange.sender, byteCount: exchange.byteCount)
    ending.id = drop.id
    ending.arrived = exchange.arrived
    if let result { Self.describe(&ending, exchange.message, result) }
    recorder.record(ending, committed: committed)
  }

  private func answer(_ exchange: Exchange, _ token: String?, _ result: HandlerResult) {
    var line: [UInt8] = []
    if case .drop(let drop, _) = exchange.origin, drop.path != nil, exchange.message.kind == .request {
      Self.append(result, exchange.message, to: &line)
      drop.source.answer(line, to: drop.id)
    }
    guard let token else { return }
    if line.isEmpty { Self.append(result, exchange.message, to: &line) }
    // Of a file that several may write the owner is not the writer: the token alone says whose the FIFO is.
    let principal = exchange.sender.principal
    if let trouble = answerDrop(line, token, principal.isShared ? nil : principal.uid) {
      noticed("a reply was not delivered: \(trouble)")
    }
  }

  /// Keeps the bytes aside, with the reason in the record.
  private func quarantine(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop, _ exchange: Exchange?) {
    let kept = quarantine.keep(Self.copy(bytes), id: drop.id, of: drop.principal.uid)
    StopPoint.serverQuarantined.pass()
    var ending = Ending(
      .quarantined, of: exchange?.sender ?? Sender(drop), byteCount: bytes.byteCount)
    ending.id = drop.id
    ending.code = refusal.code.rawValue
    ending.ruling = refusal.ruling
    ending.reason = kept.map { "\(refusal.reason) (\($0))" } ?? refusal.reason
    if let message = exchange?.message {
      ending.dialect = message.dialect
      ending.method = message.method
    }
    recorder.record(ending) { drop.source.settle(drop.id) }
  }
}
