internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// A connection whose first byte says HTTP: the library reads it from there on. Its place, its deadlines, what is kept
/// for it, its session and what is known of its peer stay here.
extension SocketConnection: HTTPConversation {
  /// A request that has begun when the server stops or hands over gets so long (nanoseconds).
  private static let lastRequest: Int64 = 2_000_000_000
  /// Between two looks at what is still to be read, and at what is still to be answered (nanoseconds).
  private static let look: Int64 = 5_000_000
  private static let laterLook: Int64 = 500_000_000
  /// How long a connection may stay silent between requests, where no setting says less (nanoseconds).
  private static let keepAlive: Int64 = 60_000_000_000

  /// Looks at the first byte: true where the library has taken the connection over, or it has ended.
  ///
  /// A message is an object and begins with a brace or white space; a method of HTTP begins with a capital letter.
  func takenOverByHTTP() -> Bool {
    guard let daemon = listener.http else {
      maySpeakHTTP = false
      return false
    }
    guard let first = (try? descriptor.nextByte()) ?? nil else { return false }
    maySpeakHTTP = false
    guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first), let session = session as? any HTTPSession else {
      return false
    }
    beginHTTP(daemon, session)
    return true
  }

  private func beginHTTP(_ daemon: HTTPDaemon, _ session: any HTTPSession) {
    hasSpoken = true
    forgetRegistration()
    session.beganHTTP()
    noteRead()
    httpRequestBegan()
    _ = httpKeeps(0)
    let http = HTTPConnection(self, daemon)
    self.http = http
    let isAdded: Bool
    do throws(Errno) { isAdded = daemon.add(try descriptor.duplicate(), for: http) } catch { isAdded = false }
    guard !isAdded else { return watchInputEnd() }
    listener.sink.noticed("\(listener.path): a connection over HTTP could not be served")
    end()
  }

  /// Waits for the end of the peer's input, and for nothing else.
  private func watchInputEnd() {
    guard !isEnded, !isHTTPClosed else { return }
    registration = try? listener.reactor.register(
      descriptor, for: .peerFinished, handler: HTTPInputEnd { [weak self] in self?.inputEndedOverHTTP() })
  }

  private func inputEndedOverHTTP() {
    // It would be reported for ever.
    forgetRegistration()
    lookAtInputEnd(after: Self.look)
  }

  private func lookAtInputEnd(after delay: Int64) {
    listener.reactor.schedule(after: delay) { [weak self] in
      guard let self, !self.isEnded, !self.isHTTPClosed, let http = self.http else { return }
      // The library has not read all that came before.
      if (try? self.descriptor.pendingBytes()) ?? 0 > 0 { return self.lookAtInputEnd(after: Self.look) }
      if http.inputEnded() { self.lookAtInputEnd(after: Self.laterLook) }
    }
  }

  // MARK: HTTPConversation

  package func answer(_ answer: HTTPAnswer) { http?.answer(answer) }

  // MARK: What the requests tell

  func httpRequestBegan() {
    deadlineWatch.facts.lastRead = listener.reactor.turnTime
    // The first line of a connection has begun with its first byte.
    if deadlineWatch.facts.messageBegan == nil { deadlineWatch.facts.messageBegan = listener.reactor.turnTime }
    watchDeadlines()
  }

  /// The request is whole: from here on the peer does not keep us waiting.
  func httpRequestEnded() { deadlineWatch.facts.messageBegan = nil }

  /// An answer begins to go out.
  func httpAnswers() {
    deadlineWatch.facts.messageBegan = nil
    deadlineWatch.facts.blockedSince = listener.reactor.turnTime
    watchDeadlines()
  }

  func httpAnswered() {
    _ = httpKeeps(0)
    deadlineWatch.facts.messageBegan = nil
    deadlineWatch.facts.blockedSince = nil
    deadlineWatch.facts.lastRead = listener.reactor.turnTime
    guard !isEnded else { return }
    watchDeadlines()
    // Not within the library's call.
    if isLeavingHTTP { listener.reactor.schedule(after: 0) { [weak self] in self?.settleHTTP() } }
  }

  func httpClosed(mayHaveUnread: Bool) {
    isHTTPClosed = true
    forgetRegistration()
    guard mayHaveUnread, !isEnded else { return end() }
    try? descriptor.finishWriting()
    do throws(Errno) { _ = try HTTPLinger(self) { [self] in end() } } catch { end() }
  }

  /// Counts what is kept, the library's memory and a body: the refusal where its user has more than its share.
  func httpKeeps(_ count: Int) -> Refusal? {
    guard let uid = principal.uid, !isEnded else { return nil }
    let difference = HTTPDaemon.headLimit + count - kept
    kept += difference
    guard !listener.keep(difference, for: uid), count > Self.smallMessage else { return nil }
    let text = "too many bytes of unfinished messages of uid \(uid)"
    listener.sink.limited(LimitHit(.bytes, uid: uid, text))
    return Refusal(.tooMany, text, retryAfterMilliseconds: 1000)
  }

  // MARK: The end

  /// The answer that goes out now is the last one.
  var isLeavingHTTP: Bool { isFinishing || isStranger || isParked }

  /// Deadlines of a connection over HTTP: a client that keeps it open may not do so for ever.
  func httpDeadlines(_ deadlines: ConnectionDeadlines) -> ConnectionDeadlines {
    var deadlines = deadlines
    deadlines.idle = min(deadlines.idle ?? Self.keepAlive, Self.keepAlive)
    return deadlines
  }

  /// Ends it where it is to end and no request has begun; gives one that has begun a moment.
  func settleHTTP() {
    guard let http, !isEnded, isFinishing || isParked else { return }
    if http.isIdle, (try? descriptor.pendingBytes()) ?? 0 == 0 {
      http.cut()
    } else if !isLastRequestTimed {
      isLastRequestTimed = true
      listener.reactor.schedule(after: Self.lastRequest) { [weak self] in
        guard let self, !self.isEnded, self.calls == 0, self.isFinishing || self.isParked else { return }
        self.refuse(.draining)
        self.end()
      }
    }
  }
}
