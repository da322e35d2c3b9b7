internal import SluicePolicy
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceReactor

/// A connected peer in the pipeline: its verdict, its order of replies, and how it behaved.
final class PeerSession: HTTPSession {
  /// Calls of one peer that may wait for their handler at once; then we stop reading from it.
  static let callLimit = 32
  /// This many pieces of junk in a row end the conversation: whoever sends them is not talking to us.
  private static let junkLimit = 16
  /// How long a refusal for its rate keeps us from reading on at most (nanoseconds).
  private static let longestRest: Int64 = 1_000_000_000
  /// Pieces of junk of one connection at once, and nanoseconds for as many more.
  private static let junkBurst: Int64 = 64
  private static let junkPeriod: Int64 = 60_000_000_000

  /// Each holds the other until the conversation ends: an unowned reference costs more than the reply it writes.
  private(set) var conversation: (any Conversation)?
  private let pipeline: Pipeline
  let sender: Sender
  /// The policy that `standing` was looked up in.
  private(set) var policy: Policy
  private(set) var standing: Standing
  /// The dialect of the last message, for refusals of what has none.
  var dialect = Dialect.jsonRPC
  var order = ReplyOrder()
  private(set) var calls = 0
  private var isResting = false
  private var junk = 0
  /// Made at the first piece of junk: most peers never send any.
  private var junkRate: TokenBucket?
  private(set) var isClosed = false
  /// What a handler with streams keeps for it.
  var stream: (any HandlerStream)?

  init(_ conversation: any Conversation, policy: Policy, sender: Sender, pipeline: Pipeline) {
    self.conversation = conversation
    self.pipeline = pipeline
    self.policy = policy
    standing = policy.standing(of: sender.principal)
    self.sender = sender
  }

  /// Looks its standing up anew, after a reload.
  func stand(under policy: Policy) {
    self.policy = policy
    standing = policy.standing(of: sender.principal)
  }

  func received(_ bytes: RawSpan) -> Bool {
    pipeline.received(bytes, from: self)
    return mayGoOn
  }

  /// One that has no call in flight may always go on: its user's share slows it, and never stops it.
  private var mayGoOn: Bool {
    guard !isResting, stream?.takesMore ?? true else { return false }
    // Answers to a server's own questions come between the calls: not reading them would end in a deadlock.
    return calls == 0 || pipeline.isStreaming || !isAtCallLimit
  }

  /// Whether it has as many calls in flight as it may.
  var isAtCallLimit: Bool {
    calls > 0 && (calls >= Self.callLimit || pipeline.isAtCallShare(sender.principal.uid))
  }

  /// Stops reading for a while from who was told to come later: what it has sent already waits, and is mostly not
  /// refused any more when it is read.
  func rest(for time: Int64) {
    guard !isResting else { return }
    isResting = true
    pipeline.reactor.schedule(after: min(time, Self.longestRest)) { [weak self] in
      guard let self, !self.isClosed else { return }
      self.isResting = false
      if self.mayGoOn { self.conversation?.resume() }
    }
  }

  func beganHTTP() { dialect = .hook }

  func requested(_ request: HTTPRequest, _ body: RawSpan, byteCount: Int) -> Bool {
    pipeline.requested(request, body, byteCount: byteCount, from: self)
    return mayGoOn
  }

  func isWhole(_ bytes: RawSpan) -> Bool { pipeline.isWhole(bytes) }
  func faulted(_ refusal: Refusal) { pipeline.refuse(refusal, from: self, byteCount: 0) }

  func inputEnded(peerIsGone: Bool) { if peerIsGone { stream?.peerClosed() } else { stream?.peerFinished() } }
  func roomAppeared() { stream?.roomAppeared() }
  var isBound: Bool { stream?.isBound ?? false }

  func closed() {
    isClosed = true
    conversation = nil
    let stream = stream
    self.stream = nil
    stream?.peerClosed()
    pipeline.ended(self)
  }

  func callBegan() {
    calls += 1
    pipeline.callBegan(of: sender.principal.uid)
    conversation?.callBegan()
  }

  func callEnded() {
    calls -= 1
    pipeline.callEnded(of: sender.principal.uid)
    guard !isClosed else { return }
    // Kept for both calls: the first may end the conversation, and with it its last owner.
    guard let conversation = self.conversation else { return }
    conversation.callEnded()
    if mayGoOn { conversation.resume() }
  }

  /// Answers a request over HTTP.
  func answer(_ answer: HTTPAnswer) { (conversation as? any HTTPConversation)?.answer(answer) }

  /// Writes a reply, in the order that its dialect needs.
  func answer(slot: Int?, _ body: (inout [UInt8]) -> Void) {
    guard !isClosed else { return }
    guard let slot else {
      conversation?.write(body)
      return
    }
    var reply: [UInt8] = []
    body(&reply)
    let ready = order.complete(slot, with: reply)
    if !ready.isEmpty { conversation?.write { $0.append(contentsOf: ready) } }
  }

  func spoke(_ wasJunk: Bool) {
    guard wasJunk else {
      junk = 0
      return
    }
    junk += 1
    if junk >= Self.junkLimit || isJunkTooFrequent() { finishForJunk() }
  }

  /// Messages in between do not help: junk has a rate besides, of the connection and of its user.
  private func isJunkTooFrequent() -> Bool {
    let now = Clock.monotonic
    var bucket = junkRate ?? TokenBucket(capacity: Self.junkBurst, period: Self.junkPeriod, now: now)
    let isTooFrequent = bucket.take(now: now) != nil
    junkRate = bucket
    return isTooFrequent || pipeline.isJunkTooFrequent(of: sender.principal.uid, now: now)
  }

  private func finishForJunk() {
    conversation?.finish()
    let uid = sender.principal.uid
    pipeline.limited(
      LimitHit(.junk, uid: uid, "ended a connection of uid \(uid ?? 0): too much of what it sent was no message"))
  }
}

extension PeerSession: HandlerPeer {
  func pass(_ line: [UInt8]) {
    conversation?.write {
      $0.append(contentsOf: line)
      $0.append(UInt8(ascii: "\n"))
    }
  }
  var hasRoom: Bool { conversation?.hasRoom ?? true }
  func tellWhenRoom() { conversation?.tellWhenRoom() }
  func goOn() { if !isClosed, mayGoOn { conversation?.resume() } }
  func finish() { conversation?.finish() }
}
