internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire

/// One connection that speaks HTTP: a state machine between the library, which reads and writes, and the connection
/// that knows the peer, its limits and its session.
///
/// The library holds it until its last call. A second descriptor of the same socket stays with the connection: what the
/// kernel says of the peer is asked there, and a peer that is to go is cut off there.
final class HTTPConnection {
  private enum Stage {
    /// No request has begun.
    case idle
    /// Its line has come.
    case head
    case body(HTTPRequest)
    /// It is whole and waits until the session takes another one.
    case held(HTTPRequest)
    /// The session has it.
    case waiting
    /// To be answered at the library's next call.
    case answered(HTTPAnswer)
    /// The answer is the library's.
    case sending
    /// The last words were said past the library.
    case cut
  }

  private var connection: SocketConnection?
  private let daemon: HTTPDaemon
  private var stage = Stage.idle
  private var request: HTTPDaemon.Request?
  private var target = ""
  private var allow: String?
  private var headBytes = 0
  private var body: [UInt8] = []
  /// Within a call of the library: what it is to do next is the call's result.
  private var isInCall = false
  private var isSuspended = false
  private var isCut = false
  private var requests = 0
  /// At the last look after the end of the input.
  private var requestsSeen = 0
  /// A body may still be on its way whose request was answered already.
  private(set) var mayHaveUnread = false

  init(_ connection: SocketConnection, _ daemon: HTTPDaemon) {
    self.connection = connection
    self.daemon = daemon
  }

  /// For the library; each is given back with one `release`.
  var retained: UnsafeMutableRawPointer { unsafe Unmanaged.passRetained(self).toOpaque() }
  static func at(_ owner: UnsafeMutableRawPointer) -> HTTPConnection {
    unsafe Unmanaged<HTTPConnection>.fromOpaque(owner).takeUnretainedValue()
  }
  static func release(_ owner: UnsafeMutableRawPointer) -> HTTPConnection {
    unsafe Unmanaged<HTTPConnection>.fromOpaque(owner).takeRetainedValue()
  }

  /// Whether nothing of a request has come.
  var isIdle: Bool { if case .idle = stage { true } else { false } }

  // MARK: What the library calls

  func began(_ target: String) {
    requests += 1
    stage = .head
    self.target = target
    connection?.httpRequestBegan()
  }

  /// The head, bytes of the body, or its end. 0 goes on, -1 closes the connection.
  func took(
    _ request: HTTPDaemon.Request, method: String, version: String, _ bytes: RawSpan
  ) -> Int32 {
    isInCall = true
    defer { isInCall = false }
    self.request = request
    isSuspended = false
    switch stage {
    case .head: return takeHead(request, method, version)
    case .body(let wanted):
      guard bytes.byteCount == 0 else { return takeBody(bytes) }
      connection?.httpRequestEnded()
      return submit(wanted)
    case .held(let wanted): return submit(wanted)
    case .answered(let answer): return send(answer)
    case .waiting: return suspend()
    case .sending: return 0
    case .idle, .cut: return -1
    }
  }

  /// The request is over.
  func ended() {
    request = nil
    switch stage {
    // It broke off, or the library found it to be none and has said so.
    case .head, .body: refuse(Refusal(.invalidRequest, "a request over HTTP that did not come to its end"))
    default: break
    }
    if case .cut = stage { return }
    stage = .idle
    body = []
    allow = nil
    connection?.httpAnswered()
  }

  /// The library has let go of the connection.
  func closed() {
    guard let connection else { return }
    if requests == 0, !isCut { refuse(Refusal(.invalidRequest, "no request over HTTP that can be read")) }
    self.connection = nil
    connection.httpClosed(mayHaveUnread: mayHaveUnread)
  }

  // MARK: A request

  private func takeHead(_ request: HTTPDaemon.Request, _ method: String, _ version: String) -> Int32 {
    guard let connection else { return -1 }
    let (head, byteCount) = daemon.head(request, method: method, target: target, version: version)
    headBytes = byteCount
    do throws(Refusal) {
      stage = .body(try head.request(messageLimit: connection.listener.settings.messageLimit))
      return 0
    } catch {
      if error.code == .methodNotAllowed { allow = head.allowedMethods }
      // The library reads no body that comes after an answer, and ends the connection.
      mayHaveUnread = head.length.count + head.transferEncoding.count > 0
      refuse(error)
      guard case .answered(let answer) = stage else { return -1 }
      return send(answer)
    }
  }

  private func takeBody(_ bytes: RawSpan) -> Int32 {
    guard let connection else { return -1 }
    let limit = connection.listener.settings.messageLimit
    let refusal =
      body.count + bytes.byteCount > limit
      ? Refusal.tooLarge(limit: limit) : connection.httpKeeps(body.count + bytes.byteCount)
    if let refusal {
      // In the middle of a body the library takes no answer.
      mayHaveUnread = true
      refuse(refusal)
      return -1
    }
    unsafe bytes.withUnsafeBytes { unsafe body.append(contentsOf: $0) }
    return 0
  }

  private func submit(_ wanted: HTTPRequest) -> Int32 {
    guard let connection, let session = connection.session as? any HTTPSession else { return -1 }
    guard !connection.isHeldBySession else {
      stage = .held(wanted)
      return suspend()
    }
    let bytes = body
    body = []
    let byteCount = bytes.count
    connection.watch?.readElsewhere(headBytes + byteCount)
    stage = .waiting
    let goesOn = unsafe session.requested(wanted, bytes.span.bytes, byteCount: byteCount)
    if !goesOn { connection.isHeldBySession = true }
    if case .answered(let answer) = stage { return send(answer) }
    return suspend()
  }

  private func suspend() -> Int32 {
    guard let request else { return -1 }
    isSuspended = true
    daemon.suspend(request)
    return 0
  }

  /// Goes on with a request that was held back.
  func goOn() {
    guard case .held = stage else { return }
    wake()
  }

  private func wake() {
    guard !isInCall, isSuspended, let request else { return }
    isSuspended = false
    daemon.resume(request)
  }

  // MARK: Answers

  func answer(_ answer: HTTPAnswer) {
    switch stage {
    case .head, .body, .held, .waiting:
      stage = .answered(answer)
      wake()
    case .idle, .answered, .sending, .cut: break  // nobody waits for it
    }
  }

  private func send(_ answer: HTTPAnswer) -> Int32 {
    guard let connection, let request else { return -1 }
    stage = .sending
    connection.httpAnswers()
    return daemon.answer(request, answer, allow: allow, closes: connection.isLeavingHTTP) ? 0 : -1
  }

  /// Refuses what came, and has it recorded.
  private func refuse(_ refusal: Refusal) {
    let isInBody = if case .body = stage { isInCall } else { false }
    connection?.session?.faulted(refusal)
    if isInBody { say(HTTPAnswer(refusal)) }
  }

  /// The peer sends no more, and all that it sent was read: a request that has not come to its end never will. The
  /// library may not notice, since the end of the input came together with bytes.
  ///
  /// Returns whether to look again, in a while: requests may have come at once, and the library answers them in turn.
  func inputEnded() -> Bool {
    switch stage {
    case .idle where requests > 0:
      guard requests == requestsSeen else {
        requestsSeen = requests
        return true
      }
      cut()
      return false
    case .idle, .head, .body:
      let refusal = Refusal(.invalidRequest, "the request did not come to its end")
      connection?.session?.faulted(refusal)
      say(HTTPAnswer(refusal))
      cut()
      return false
    case .held, .waiting, .answered, .sending: return true
    case .cut: return false
    }
  }

  /// Answers past the library, where that cannot: within a request, and never within an answer.
  func say(_ answer: HTTPAnswer) {
    guard let connection, !isCut else { return }
    isCut = true
    if case .sending = stage {} else { _ = try? connection.descriptor.send(answer.lastWords, from: 0) }
    stage = .cut
  }

  /// Ends the connection, whatever it is doing.
  func cut() {
    isCut = true
    guard let connection else { return }
    try? connection.descriptor.endConnection()
  }
}
