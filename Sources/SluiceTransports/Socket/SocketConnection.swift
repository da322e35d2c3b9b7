internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// One connected peer: a state machine between its socket and its session.
///
/// Reading goes on while replies have room and the session takes messages. After the peer's half-close the connection
/// stays until every call is answered and every reply is out. Bytes without a newline count as a message after 50 ms of
/// silence, if they are a whole one, since existing clients send neither newline nor half-close.
final class SocketConnection: ReadinessHandler, Conversation {
  /// Clients that send no newline wait this long for their answer (nanoseconds).
  static let silence: Int64 = 50_000_000

  private let descriptor: OwnedDescriptor
  let principal: Principal
  /// Each holds the other until the conversation ends.
  private let listener: SocketListener
  private var registration: Reactor.Registration?
  private var interest: Readiness = .read
  private var session: (any ConversationSession)?
  private var framer: LineFramer
  private var output: [UInt8] = []
  private var sent = 0
  private var calls = 0
  private var inputEnded = false
  private var peerGone = false
  private var isPaused = false
  private var isFinishing = false
  private var isEnded = false
  private var isInTurn = false
  private var silenceTimer: TimerQueue.Ticket?
  private var idleTimer: TimerQueue.Ticket?
  private var lastRead: Int64?

  init(_ descriptor: consuming OwnedDescriptor, principal: Principal, listener: SocketListener) {
    self.descriptor = descriptor
    self.principal = principal
    self.listener = listener
    framer = LineFramer(limit: listener.settings.messageLimit)
  }

  func begin(_ session: any ConversationSession) throws(Errno) {
    self.session = session
    registration = try listener.reactor.register(descriptor, for: .read, handler: self)
    watchIdleness()
    // What the session wrote while it was made.
    flush()
    settle()
  }

  /// Answers and lets go, without ever having been registered.
  func refuse(_ refusal: Refusal) {
    Reply.append(refusal, dialect: .jsonRPC, id: .absent, to: &output)
    flushAndForget()
  }
  func flushAndForget() { _ = try? descriptor.send(output, from: 0) }

  // MARK: Conversation

  var waiting: Int { output.count - sent }

  func write(_ body: (inout [UInt8]) -> Void) {
    guard !isEnded, !peerGone else { return }
    body(&output)
    if !isInTurn, session != nil {
      flush()
      settle()
    }
  }

  func callBegan() { calls += 1 }
  func callEnded() {
    calls -= 1
    if !isInTurn { settle() }
  }

  func resume() {
    guard isPaused, !isEnded else { return }
    isPaused = false
    turn { resumeHeld() }
  }

  func finish() {
    isFinishing = true
    if !isInTurn { settle() }
  }

  // MARK: Readiness

  func ready(_ readiness: Readiness) {
    turn {
      if readiness.contains(.write) { flush() }
      if readiness.contains(.hangUp) || readiness.contains(.error) { peerGone = true }
      if !isEnded, !inputEnded, !isPaused, !isFinishing { read() }
    }
  }

  private func turn(_ body: () -> Void) {
    isInTurn = true
    body()
    flush()
    isInTurn = false
    settle()
  }

  private func read() {
    let count: Int?
    do throws(Errno) { count = try listener.readBuffer.fill(from: descriptor) } catch {
      end()
      return
    }
    guard let count else { return }
    if count == 0 {
      inputEnded = true
      takeRest(atEnd: true)
      return
    }
    if let silenceTimer { listener.reactor.cancel(silenceTimer) }
    silenceTimer = nil
    if idleTimer != nil { lastRead = Clock.monotonic }
    listener.readBuffer.withBytes(count) { bytes in
      framer.consume(bytes, message: { hand($0) }, fault: { fault($0) })
    }
    if framer.pendingCount > 0, !isPaused { waitForSilence() }
  }

  /// Ends the connection of a peer that stays silent too long while nothing is owed to it. One timer looks again when
  /// the time may be over, instead of one being set anew at every read.
  private func watchIdleness() {
    let settings = listener.settings
    guard let limit = lastRead == nil ? settings.firstByte ?? settings.idle : settings.idle else { return }
    let start = lastRead ?? Clock.monotonic
    idleTimer = listener.reactor.schedule(after: max(1_000_000, start + limit - Clock.monotonic)) { [weak self] in
      guard let self, !self.isEnded else { return }
      let isSilent = self.lastRead.map { Clock.monotonic - $0 >= settings.idle ?? .max } ?? true
      if isSilent, self.calls == 0, self.waiting == 0 { self.end() } else { self.watchIdleness() }
    }
  }

  private func resumeHeld() {
    framer.resume(message: { hand($0) }, fault: { fault($0) })
    if inputEnded, !isPaused { takeRest(atEnd: true) }
  }

  private func hand(_ bytes: RawSpan) -> Bool {
    guard let session, !isEnded else { return false }
    if session.received(bytes), waiting <= listener.settings.outputBound { return true }
    if waiting > listener.settings.outputBound { flush() }
    isPaused = true
    return false
  }

  /// As `hand`, the framer is in use meanwhile.
  private func fault(_ fault: LineFramer.Fault) {
    session?.faulted(.tooLarge(limit: listener.settings.messageLimit))
    if fault == .endless { isFinishing = true }
  }

  private func waitForSilence() {
    // Kept alive by its timer for as long as that runs: a weak reference would make every other one to it slow.
    silenceTimer = listener.reactor.schedule(after: Self.silence) { [self] in
      guard !isEnded else { return }
      silenceTimer = nil
      turn { takeRest(atEnd: false) }
    }
  }

  private func takeRest(atEnd: Bool) {
    guard let session, framer.pendingCount > 0, !isPaused else { return }
    let taken = framer.takeRest { bytes in
      guard session.isWhole(bytes) else { return false }
      if !session.received(bytes) { isPaused = true }
      return true
    }
    if !taken, atEnd {
      session.faulted(.notJSON)
      _ = framer.takeRest { _ in true }
    }
  }

  // MARK: Output and end

  private func flush() {
    while sent < output.count, !peerGone {
      do throws(Errno) {
        guard let count = try descriptor.send(output, from: sent) else { break }
        sent += count
      } catch {
        peerGone = true
      }
    }
    if sent == output.count || peerGone {
      output.removeAll(keepingCapacity: output.capacity <= 1 << 18)
      sent = 0
    } else if sent > 1 << 16 {
      output.removeFirst(sent)
      sent = 0
    }
  }

  /// Decides, after every change, whether to end, and what to wait for.
  private func settle() {
    guard !isEnded, session != nil else { return }
    // A pause for want of room ends when the replies have gone out.
    if isPaused, waiting <= listener.settings.outputBound / 2, session != nil, calls == 0 {
      isPaused = false
      turn { resumeHeld() }
      return
    }
    let drained = waiting == 0 && calls == 0
    if drained, isFinishing || (inputEnded && !isPaused) {
      end()
      return
    }
    var wanted: Readiness = []
    if !inputEnded, !isPaused, !isFinishing { wanted.insert(.read) }
    if waiting > 0 { wanted.insert(.write) }
    // A hang-up is reported whatever we wait for: without a registration it cannot spin.
    if peerGone, !wanted.contains(.read) {
      if let registration { listener.reactor.remove(registration) }
      registration = nil
      return
    }
    if registration == nil {
      registration = try? listener.reactor.register(descriptor, for: wanted, handler: self)
    } else if wanted != interest, let registration {
      try? listener.reactor.update(registration, for: wanted)
    }
    interest = wanted
  }

  func end() {
    guard !isEnded else { return }
    isEnded = true
    if let silenceTimer { listener.reactor.cancel(silenceTimer) }
    if let idleTimer { listener.reactor.cancel(idleTimer) }
    if let registration { listener.reactor.remove(registration) }
    registration = nil
    session?.closed()
    session = nil
    listener.ended(self)
  }
}
