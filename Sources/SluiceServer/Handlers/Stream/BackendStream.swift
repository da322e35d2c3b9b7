internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// One conversation between a peer and a server that answers on a stream: original bytes both ways, after admission.
///
/// What it keeps is which requests of either side have no answer yet. Everything else of the protocol is the two
/// sides' own business.
final class BackendStream: HandlerStream, BackendEvents {
  struct Settings {
    /// Nanoseconds.
    var deadline: Int64
    var linger: Int64
    /// Bytes of the largest line of the server's.
    var output: Int
  }

  /// Calls of one peer, and requests of one server's, that may be without an answer.
  private static let callLimit = 256
  /// A request that is meant to stay open.
  private static let listening = "subscriptions/listen"

  struct Pending {
    let message: Message
    let completion: (HandlerResult) -> Void
    var timer: TimerQueue.Ticket?
  }

  /// Of a conversation, as the Model Context Protocol's revisions differ.
  private enum Era { case unknown, handshake, selfContained }

  private let link: any BackendLink
  private let settings: Settings
  private let reactor: Reactor
  private let reader: MessageReader
  /// Each holds the other until the conversation ends; nil for drops.
  private var peer: (any HandlerPeer)?
  private let left: (BackendStream) -> Void
  private var calls = InFlightTable<Pending>(limit: callLimit)
  private var questions = InFlightTable<Void>(limit: callLimit)
  private var lines: BackendLines
  private var era = Era.unknown
  private let secret = Random.token(bytes: 12)
  private var numbered = 0
  private var lingerTimer: TimerQueue.Ticket?
  private(set) var hasEnded = false

  init(
    _ link: any BackendLink, peer: (any HandlerPeer)?, settings: Settings, reader: MessageReader, reactor: Reactor,
    left: @escaping (BackendStream) -> Void
  ) {
    self.link = link
    self.peer = peer
    self.settings = settings
    self.reader = reader
    self.reactor = reactor
    self.left = left
    lines = BackendLines(limit: settings.output)
    link.events = self
  }

  var takesMore: Bool { hasEnded || link.takesMore }
  var isBound: Bool { era == .handshake && !hasEnded }

  // MARK: From the peer

  func take(_ call: HandlerCall, _ completion: @escaping (HandlerResult) -> Void) {
    guard !hasEnded else {
      return completion(.refused(Refusal(.handlerEnded, "the server behind this channel has ended")))
    }
    switch call.message.kind {
    case .request: ask(call, completion)
    case .notification:
      if call.message.method == "notifications/cancelled", let id = BackendWords.cancelled(call.bytes) { withdraw(id) }
      link.send(call.bytes)
      completion(.silent)
    case .response:
      guard era != .selfContained, case .answer = questions.settle(call.message.id) else {
        return completion(
          .refused(Refusal(.invalidRequest, "no such request", reason: "it answers no request of the server's")))
      }
      link.send(call.bytes)
      completion(.silent)
    }
  }

  private func ask(_ call: HandlerCall, _ completion: @escaping (HandlerResult) -> Void) {
    noteEra(call)
    let message = call.message
    var (id, bytes) = (message.id, call.bytes)
    if message.dialect != .jsonRPC {
      numbered += 1
      let name = "sluice-\(secret)-\(numbered)"
      guard
        let wrapped = BackendWords.request(call.bytes, method: message.method, dialect: message.dialect, id: name)
      else { return completion(.refused(Refusal(.invalidRequest, "params must be an object or an array"))) }
      (id, bytes) = (.string(name), wrapped)
    }
    guard !calls.isTaken(id) else {
      return completion(
        .refused(Refusal(.invalidRequest, "a request with this id has no answer yet", reason: "duplicate id in flight"))
      )
    }
    var pending = Pending(message: message, completion: completion)
    if message.method != Self.listening {
      pending.timer = reactor.schedule(after: settings.deadline) { [weak self] in self?.expire(id) }
    }
    guard calls.begin(id, pending) else {
      if let timer = pending.timer { reactor.cancel(timer) }
      return completion(
        .refused(Refusal(.tooMany, "too many requests without an answer", retryAfterMilliseconds: 100)))
    }
    link.send(bytes)
  }

  private func noteEra(_ call: HandlerCall) {
    guard call.message.dialect == .jsonRPC, era != .handshake else { return }
    if call.message.method == "initialize" {
      era = .handshake
    } else if era == .unknown, BackendWords.isSelfContained(call.bytes) {
      era = .selfContained
    }
  }

  private func withdraw(_ id: RequestID) {
    guard let pending = calls.withdraw(id) else { return }
    finish(pending, .withdrawn)
  }

  private func expire(_ id: RequestID) {
    guard let pending = calls.expire(id) else { return }
    link.send(BackendWords.cancellation(of: id))
    finish(pending, .refused(Refusal(.handlerTimeout, "the server took too long")))
  }

  /// Ends requests that would stay open for ever: their askers ask again elsewhere.
  func endListening() {
    for (id, pending) in calls.running where pending.message.method == Self.listening {
      guard calls.expire(id) != nil else { continue }
      link.send(BackendWords.cancellation(of: id))
      finish(pending, .refused(.draining))
    }
  }

  private func finish(_ pending: Pending, _ result: HandlerResult) {
    if let timer = pending.timer { reactor.cancel(timer) }
    pending.completion(result)
  }

  func peerFinished() {
    guard lingerTimer == nil, !hasEnded else { return }
    lingerTimer = reactor.schedule(after: settings.linger) { [weak self] in self?.link.end() }
  }

  func peerClosed() {
    if let lingerTimer { reactor.cancel(lingerTimer) }
    peer = nil
    link.end()
  }

  func roomAppeared() { link.resume() }

  // MARK: From the server

  func arrived(_ bytes: RawSpan) {
    lines.consume(bytes) { take($0) }
    if let peer, !peer.hasRoom {
      link.pause()
      peer.tellWhenRoom()
    }
  }

  private func take(_ piece: BackendLines.Piece) {
    switch piece {
    case .oversized(let id):
      link.complain("a line of more than \(settings.output) bytes of its output was dropped")
      if let id { replace(id, Refusal(.tooLarge, "the server's answer is larger than \(settings.output) bytes")) }
    case .line(let line):
      let message: Message
      do throws(Refusal) {
        message = try reader.read(line)
        guard !message.isEnvelope, message.dialect == .jsonRPC else { throw .notObject }
      } catch { return takeJunk(line) }
      take(message, line)
    }
  }

  private func take(_ message: Message, _ line: [UInt8]) {
    switch message.kind {
    case .response:
      switch calls.settle(message.id) {
      case .answer(let pending): finish(pending, .reply(line, isError: message.isError))
      // Revisions with a handshake let an answer follow a cancellation; later ones forbid it.
      case .withdrawn: if era != .selfContained { peer?.pass(line) }
      case .expired: break
      case .unknown: link.complain("dropped an answer of its to nothing that was asked")
      }
    case .notification:
      if message.method == "notifications/cancelled", let id = BackendWords.cancelled(line) {
        _ = questions.settle(id)
      }
      peer?.pass(line)
    case .request:
      guard era != .selfContained else { return link.complain("dropped a request of its, which this revision forbids") }
      guard peer != nil else { return link.send(Self.refusal(message.id, "nobody is there to be asked")) }
      guard !questions.isTaken(message.id) else { return link.complain("dropped a request of its with an id in use") }
      guard questions.begin(message.id, ()) else {
        return link.send(Self.refusal(message.id, "too many requests without an answer"))
      }
      peer?.pass(line)
    }
  }

  private static func refusal(_ id: RequestID, _ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    Reply.append(Refusal(.tooMany, text), dialect: .jsonRPC, id: id, to: &bytes)
    bytes.removeLast()
    return bytes
  }

  /// Junk never reaches the peer; where it was to be an answer, its asker is not left waiting.
  private func takeJunk(_ line: [UInt8]) {
    var scan = ReplyScan()
    scan.consume(line)
    link.complain("dropped \(line.count) bytes of its output that are no JSON-RPC message: \(Self.excerpt(line))")
    if let id = scan.id { replace(id, Refusal(.handlerEnded, "the server gave no valid answer")) }
  }

  private static func excerpt(_ line: [UInt8]) -> String { String(decoding: line.prefix(80), as: UTF8.self) }

  private func replace(_ id: RequestID, _ refusal: Refusal) {
    if case .answer(let pending) = calls.settle(id) { finish(pending, .refused(refusal)) }
  }

  func tookMore() { peer?.goOn() }

  func ended(_ reason: String) {
    guard !hasEnded else { return }
    lines.endOfStream { take($0) }
    hasEnded = true
    if let lingerTimer { reactor.cancel(lingerTimer) }
    let left = left
    for pending in calls.takeAll() {
      finish(pending, .refused(Refusal(.handlerEnded, "the server behind this channel has ended", reason: reason)))
    }
    let peer = peer
    self.peer = nil
    peer?.finish()
    left(self)
  }
}
