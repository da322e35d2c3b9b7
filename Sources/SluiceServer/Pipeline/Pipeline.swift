internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// The road of a message: admission, authorization, handler, reply, record. One for all transports.
///
/// It runs on the reactor's thread and touches no descriptor. Every message ends in exactly one record.
final class Pipeline {
  struct Settings {
    var policy: Policy
    var rate: (count: Int64, period: Int64)?
    var messageLimit: Int
    /// Calls that may wait for a handler, of all users.
    var callLimit = 1024
    /// For whom a part of all is kept back.
    var reservedUsers: Set<UInt32> = []
  }

  let reader: MessageReader
  let recorder: Recorder
  let canaries: Canaries
  let quarantine: QuarantineStore
  var settings: Settings
  let reactor: Reactor
  /// What is in force: replaced as a whole by a reload.
  var policy: Policy
  var rates: UserRates? { didSet { hasRates = rates != nil || !ruleRates.isEmpty } }
  var ruleRates: RuleRates { didSet { hasRates = rates != nil || !ruleRates.isEmpty } }
  /// Whether anything is counted against a rate at all: asked for every message.
  private(set) var hasRates = false
  var handler: (any Handler)?
  /// Drops that are being handled, by id: a drop that is handed in again meanwhile replaces the earlier one.
  var handling: [String: Exchange] = [:]
  /// Drops that wait until they can be recorded, with the number of the latest attempt.
  var putOff: [String: Int] = [:]
  var putOffCount = 0
  private(set) var isDraining = false
  var inFlight = 0
  private(set) var sessions = 0
  var answerDrop: (_ line: [UInt8], _ token: String, _ owner: UInt32?) -> String? = { _, _, _ in nil }
  var noticed: (String) -> Void = { _ in }
  var tellLimit: (LimitHit) -> Void = { _ in }
  /// Answers to questions over HTTP about the server itself.
  var health: () -> HTTPAnswer = { HTTPAnswer(status: 200) }
  var metrics: () -> HTTPAnswer = { HTTPAnswer(status: 200) }
  var callShare: FairShare
  var junkRates = UserRates(capacity: 256, period: 60_000_000_000, most: 4096)

  init(
    settings: Settings, reader: MessageReader, recorder: Recorder, canaries: Canaries, quarantine: QuarantineStore,
    reactor: Reactor
  ) {
    self.settings = settings
    self.reader = reader
    self.recorder = recorder
    self.canaries = canaries
    self.quarantine = quarantine
    self.reactor = reactor
    policy = settings.policy
    ruleRates = RuleRates(for: settings.policy)
    callShare = FairShare(
      capacity: settings.callLimit, reserve: settings.callLimit / 8, reservedFor: settings.reservedUsers)
    rates = settings.rate.map { UserRates(capacity: $0.count, period: $0.period) }
    // Observers do not run here.
    hasRates = rates != nil || !ruleRates.isEmpty
  }

  func use(_ handler: any Handler) { self.handler = handler }
  /// Nothing new is handled from here on. Drops stay where they are, on disk, for the next server.
  func drain() {
    isDraining = true
    let heldBack = handling.filter { $0.value.isHeldBack }.map(\.key)
    for id in (handler?.releaseWaitingDrops() ?? []) + heldBack where handling.removeValue(forKey: id) != nil {
      inFlight -= 1
    }
  }
  /// Takes up again after a drain that did not end in an end.
  func goOn() { isDraining = false }
  func stopHandler() { handler?.stop() }

  var isStreaming: Bool { handler?.isStreaming ?? false }
  /// Whether the end of the process would cut off nothing of the handler's.
  var isHandlerIdle: Bool { handler?.isIdle ?? true }

  /// A content of the drop dialect is judged as the method that it stands for.
  func understood(_ message: Message) -> Message {
    guard message.dialect == .drop, let handler else { return message }
    return message.renamed(handler.method(of: message.method))
  }

  // MARK: Conversations

  func begin(_ conversation: any Conversation) -> PeerSession {
    sessions += 1
    let principal = conversation.principal
    return PeerSession(
      conversation, policy: policy,
      sender: Sender(principal, route: .socket, program: principal.pid.flatMap(ProcessName.of)),
      pipeline: self)
  }

  func ended(_ session: PeerSession) { sessions -= 1 }

  func isWhole(_ bytes: RawSpan) -> Bool {
    do throws(Refusal) { _ = try reader.read(bytes) } catch { return false }
    return true
  }

  func received(_ bytes: RawSpan, from session: PeerSession) {
    let arrived = reactor.turnTime
    var message: Message
    var range = 0..<bytes.byteCount
    do throws(Refusal) {
      message = try reader.read(bytes)
      if message.isEnvelope {
        guard let inner = try openConversationEnvelope(bytes, session, arrived) else { return }
        range = inner
        message = try reader.read(bytes.extracting(inner))
        if message.isEnvelope { throw .forgedEnvelope }
      }
      message = understood(message)
    } catch {
      refuse(error, from: session, byteCount: bytes.byteCount)
      return
    }
    take(message, bytes, range, arrived, from: session)
  }

  /// Authorizes a message and has it handled; `range` of the bytes is the message itself.
  func take(
    _ message: Message, _ bytes: RawSpan, _ range: Range<Int>, _ arrived: Int64, from session: PeerSession
  ) {
    session.dialect = message.dialect
    session.spoke(false)
    var evidence: ProcessEvidence?
    if let refusal = refusal(for: message, session, &evidence) {
      end(message, session, arrived, bytes.byteCount, .refused(refusal), evidence)
      return
    }
    // Replies to requests that only a handler with a stream of its own makes.
    guard message.kind != .response || isStreaming else {
      end(message, session, arrived, bytes.byteCount, .silent, evidence)
      return
    }
    if message.dialect == .hook, handler?.takesHooks != true {
      end(message, session, arrived, bytes.byteCount, .refused(.noHooks), evidence)
      return
    }
    if let result = handler?.immediate(message) {
      end(message, session, arrived, bytes.byteCount, result, evidence)
      return
    }
    if isStreaming, message.kind == .request, session.isAtCallLimit {
      let refusal = Refusal(.tooMany, "too many requests without an answer", retryAfterMilliseconds: 100)
      end(message, session, arrived, bytes.byteCount, .refused(refusal), evidence)
      return
    }
    hand(bytes.extracting(range), message, session, arrived, evidence)
  }

  /// The facts that anybody may send: none has a use over a connection but a canary.
  private func openConversationEnvelope(
    _ bytes: RawSpan, _ session: PeerSession, _ arrived: Int64
  ) throws(Refusal) -> Range<Int>? {
    let envelope = try reader.openEnvelope(bytes)
    guard !envelope.isVouching else { throw .forgedEnvelope }
    guard let token = envelope.canary else {
      guard let inner = envelope.message else { throw .forgedEnvelope }
      return inner
    }
    guard canaries.saw(token, on: .socket) else { throw .forgedEnvelope }
    session.conversation?.write { Reply.append(result: Canaries.answer, dialect: .plain, id: .absent, to: &$0) }
    var ending = Ending(.canary, of: session.sender, byteCount: bytes.byteCount)
    ending.arrived = arrived
    recorder.record(ending)
    return nil
  }

  private func hand(
    _ bytes: RawSpan, _ message: Message, _ session: PeerSession, _ arrived: Int64, _ evidence: ProcessEvidence?
  ) {
    let isOrdered = message.dialect == .plain || message.dialect == .drop
    let slot = isOrdered && message.kind != .notification ? session.order.begin() : nil
    let exchange = Exchange(
      origin: .conversation(session, slot: slot), message: message, sender: session.sender,
      byteCount: bytes.byteCount, arrived: arrived)
    // Asked now, while this is the message that is being received; costs nothing where no rule asks for programs.
    exchange.program = (evidence ?? session.conversation?.evidence())?.program
    exchange.listing = listing(message, session)
    inFlight += 1
    session.callBegan()
    var call = HandlerCall(
      bytes: Self.copy(bytes), message: message, principal: session.sender.principal, route: .socket, id: nil,
      prepare: nil)
    call.program = exchange.program
    call.peer = session
    handler?.handle(call) { [self] result in
      inFlight -= 1
      finish(exchange, result)
      session.callEnded()
    }
  }

  /// Ends a message of a conversation that was answered without waiting.
  func end(
    _ message: Message, _ session: PeerSession, _ arrived: Int64, _ byteCount: Int, _ result: HandlerResult,
    _ evidence: ProcessEvidence?
  ) {
    let needsOrder = message.dialect != .jsonRPC && !session.order.isClear
    let slot = needsOrder ? session.order.begin() : nil
    answer(message, session, slot, result)
    var ending = Ending(Self.kind(of: result), of: session.sender, byteCount: byteCount)
    ending.arrived = arrived
    ending.program = evidence?.program
    Self.describe(&ending, message, result)
    recorder.record(ending)
  }

  private func answer(_ message: Message, _ session: PeerSession, _ slot: Int?, _ result: HandlerResult) {
    guard message.kind == .request else { return }
    if case .withdrawn = result { return }
    if message.dialect == .hook { return session.answer(HTTPAnswer(result)) }
    session.answer(slot: slot) { Self.append(result, message, to: &$0) }
  }

  /// Refuses bytes that were no message, in the dialect that the peer last spoke.
  func refuse(_ refusal: Refusal, from session: PeerSession, byteCount: Int) {
    // Too much at a time is no junk.
    if refusal.code != .tooMany { session.spoke(true) }
    if session.dialect == .hook {
      session.answer(HTTPAnswer(refusal))
    } else {
      let slot = session.order.isClear || session.dialect == .jsonRPC ? nil : session.order.begin()
      session.answer(slot: slot) { Reply.append(refusal, dialect: session.dialect, id: .absent, to: &$0) }
    }
    var ending = Ending(.rejected, of: session.sender, byteCount: byteCount)
    ending.reason = refusal.reason
    ending.code = refusal.code.rawValue
    recorder.record(ending)
  }

  // MARK: Shared steps

  static func copy(_ bytes: RawSpan) -> [UInt8] { unsafe bytes.withUnsafeBytes { unsafe Array($0) } }

  static func kind(of result: HandlerResult) -> Outcome.Kind {
    switch result {
    case .result, .silent, .withdrawn: .handled
    case .line(_, let shape): shape.isError ? .failed : .handled
    case .reply(_, let isError): isError ? .failed : .handled
    case .refused(let refusal):
      switch refusal.code {
      case .handlerEnded, .handlerFailed, .handlerTimeout, .unknownMethod, .internalFault: .failed
      default: .rejected
      }
    }
  }

  static func describe(_ ending: inout Ending, _ message: Message, _ result: HandlerResult) {
    ending.dialect = message.dialect
    ending.method = message.method
    ending.target = message.target
    if case .withdrawn = result { ending.reason = "cancelled by its sender" }
    if case .refused(let refusal) = result {
      ending.reason = refusal.reason
      ending.code = refusal.code.rawValue
      ending.ruling = refusal.ruling
    }
  }

  static func append(_ result: HandlerResult, _ message: Message, to bytes: inout [UInt8]) {
    switch result {
    case .result(let json): Reply.append(result: json, dialect: message.dialect, id: message.id, to: &bytes)
    case .line(let line, let shape):
      Reply.append(handlerLine: line, shape: shape, dialect: message.dialect, id: message.id, to: &bytes)
    case .refused(let refusal): Reply.append(refusal, dialect: message.dialect, id: message.id, to: &bytes)
    case .reply(let line, _): Reply.append(answer: line, dialect: message.dialect, to: &bytes)
    case .silent, .withdrawn:
      Reply.append(result: Array("null".utf8), dialect: message.dialect, id: message.id, to: &bytes)
    }
  }

  /// Ends a message that a handler has answered.
  func finish(_ exchange: Exchange, _ result: HandlerResult) {
    let result = exchange.listing?.applied(to: result) ?? result
    switch exchange.origin {
    case .conversation(let session, let slot):
      answer(exchange.message, session, slot, result)
      var ending = Ending(Self.kind(of: result), of: exchange.sender, byteCount: exchange.byteCount)
      ending.arrived = exchange.arrived
      ending.program = exchange.program
      Self.describe(&ending, exchange.message, result)
      recorder.record(ending)
    case .drop(let drop, let token): finishDrop(exchange, drop, token, result)
    }
  }
}
