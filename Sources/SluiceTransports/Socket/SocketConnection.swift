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
  /// How long a peer that has not spoken may still do so when its listener closes (nanoseconds).
  private static let firstWord: Int64 = 100_000_000
  /// Reads that a conversation gets when its listener closes: a peer that goes on and on does not hold it open.
  private static let lastReads = 64

  let descriptor: OwnedDescriptor
  var principal: Principal
  /// nil where no rule asked for more than the user when it connected.
  let watch: PeerWatch?
  /// Kept, since a conversation may outlive what its listener's owner holds; `end` breaks the cycle.
  let listener: SocketListener
  /// Policy lets it call nothing: it gets one answer and a moment for its question.
  let isStranger: Bool
  var registration: Reactor.Registration?
  /// Set where the peer speaks HTTP: then nothing is read, written or waited for here.
  var http: HTTPConnection?
  /// Nothing has been read yet.
  var maySpeakHTTP: Bool
  var isHTTPClosed = false
  var isLastRequestTimed = false
  private var interest: Readiness = .read
  var session: (any ConversationSession)?
  var framer: LineFramer
  var output: [UInt8] = []
  var sent = 0
  private(set) var calls = 0
  var inputEnded = false
  var peerGone = false
  /// The session asked to stop until `resume`.
  var isHeldBySession = false
  /// Replies wait that the peer does not read.
  var isHeldForRoom = false
  /// The session waits for room.
  var isRoomWanted = false
  /// The framer keeps lines that came in but could not be handed on.
  var hasHeldLines = false
  var isFinishing = false
  var hasSpoken = false
  var isEnded = false
  private var leavesOnceBegun = false
  var isAtFirstLine = true
  /// Nothing is read until `unpark`, and the kernel is not asked: a hang-up counts for nothing meanwhile.
  var isParked = false
  /// Whether the end of what runs now flushes and settles; until `begin`, nothing does.
  var isInTurn = true
  var silenceTimer: TimerQueue.Ticket?
  var deadlineWatch = DeadlineWatch()
  /// The last read was full of small messages.
  var readsLittle = false
  /// Output beyond which a message's end asks whether it may be more.
  let outputCheck: Int
  /// Bytes that are counted as kept for this peer.
  var kept = 0

  var isPaused: Bool { isHeldBySession || isHeldForRoom || isParked }

  init(
    _ descriptor: consuming OwnedDescriptor, principal: Principal, watch: PeerWatch? = nil, isStranger: Bool = false,
    listener: SocketListener
  ) {
    self.descriptor = descriptor
    self.isStranger = isStranger
    self.principal = principal
    self.watch = watch
    self.listener = listener
    maySpeakHTTP = listener.http != nil
    outputCheck = min(Self.smallOutput, listener.settings.outputBound)
    framer = LineFramer(limit: listener.settings.messageLimit)
  }

  deinit { stopWatching() }

  func begin(_ session: any ConversationSession) throws(Errno) {
    self.session = session
    registration = try listener.reactor.register(descriptor, for: .read, handler: self)
    watchDeadlines()
    // What the session wrote while it was made.
    turn {}
    if leavesOnceBegun { leave() }
  }

  /// Answers and lets go, without ever having been registered.
  func refuse(_ refusal: Refusal) {
    if let http { return http.say(HTTPAnswer(refusal)) }
    Reply.append(refusal, dialect: .jsonRPC, id: .absent, to: &output)
    flushAndForget()
  }
  func flushAndForget() { _ = try? descriptor.send(output, from: 0) }

  // MARK: Conversation

  var waiting: Int { output.count - sent }

  func write(_ body: (inout [UInt8]) -> Void) {
    guard !isEnded, !peerGone else { return }
    body(&output)
    if !isInTurn { turn {} }
  }

  func callBegan() { calls += 1 }
  func callEnded() {
    calls -= 1
    if !isInTurn { settle() }
  }

  func resume() {
    guard isHeldBySession, !isEnded else { return }
    isHeldBySession = false
    if let http { return http.goOn() }
    if !isInTurn { settle() }
  }

  func finish() {
    isFinishing = true
    if !isInTurn { settle() }
  }

  /// Ends the conversation for a listener that closes. What has come by now is taken and answered, since closing a
  /// socket with unread bytes resets it (unix(7)); a peer that has connected and not spoken yet gets a moment to.
  func leave() {
    guard !isEnded, !isFinishing else { return }
    guard session != nil else {
      leavesOnceBegun = true
      return
    }
    if http != nil { return finish() }
    guard hasSpoken else {
      hasSpoken = true
      listener.reactor.schedule(after: Self.firstWord) { [weak self] in self?.leave() }
      return
    }
    turn {
      var reads = 0
      while reads < Self.lastReads, !isEnded, !inputEnded, !isPaused, read() { reads += 1 }
      isFinishing = true
    }
  }

  // MARK: Output and end

  func flush() {
    while sent < output.count, !peerGone {
      do throws(Errno) {
        guard let count = try descriptor.send(output, from: sent) else { break }
        sent += count
        deadlineWatch.facts.blockedSince = nil
      } catch {
        peerGone = true
      }
    }
    if sent == output.count || peerGone {
      output.removeAll(keepingCapacity: output.capacity <= 1 << 18)
      sent = 0
      deadlineWatch.facts.blockedSince = nil
    } else if sent > 1 << 16 {
      output.removeFirst(sent)
      sent = 0
    }
  }

  /// Decides, after every change, whether to end, and what to wait for.
  func settle() {
    if http != nil { return settleHTTP() }
    // In a loop and not by recursion: each held line may hold the next one back again.
    while !isEnded {
      if isHeldForRoom, waiting <= outputBound / 2 { isHeldForRoom = false }
      if isRoomWanted, waiting <= outputBound / 2 { makeRoomKnown() }
      guard hasHeldLines, !isPaused, !isFinishing else { break }
      isInTurn = true
      goOnWithHeldLines()
      flush()
      countKept()
      isInTurn = false
    }
    guard !isEnded else { return }
    let isDone = isFinishing || (inputEnded && !hasHeldLines && !isPaused)
    if isDone, waiting == 0, calls == 0 {
      end()
      return
    }
    watch(for: wanted())
  }

  private func wanted() -> Readiness {
    // As words: this is asked after every turn, and sets of another module are built by generic code.
    let reading = !inputEnded && !isPaused && !isFinishing ? Readiness.read.rawValue : 0
    return Readiness(rawValue: reading | (waiting > 0 ? Readiness.write.rawValue : 0))
  }

  private func watch(for wanted: Readiness) {
    // A hang-up is reported whatever we wait for: without a registration it cannot spin.
    if peerGone || isParked, !wanted.includes(.read), peerGone || !wanted.includes(.write) {
      forgetRegistration()
      return
    }
    if let registration {
      if wanted.rawValue != interest.rawValue { try? listener.reactor.update(registration, for: wanted) }
    } else {
      registration = try? listener.reactor.register(descriptor, for: wanted, handler: self)
    }
    interest = wanted
  }

  func forgetRegistration() {
    if let registration { listener.reactor.remove(registration) }
    registration = nil
  }

  func end() {
    guard !isEnded else { return }
    isEnded = true
    if let http, !isHTTPClosed { http.cut() }
    stopWaiting()
    stopWatching()
    forgetKept()
    forgetRegistration()
    session?.closed()
    session = nil
    listener.ended(self)
  }
}
