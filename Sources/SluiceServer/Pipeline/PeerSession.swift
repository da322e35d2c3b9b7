internal import SluicePolicy
internal import SluiceTransports
internal import SluiceWire

/// A connected peer in the pipeline: its verdict, its order of replies, and how it behaved.
final class PeerSession: ConversationSession {
  /// Calls of one peer that may wait for their handler at once; then we stop reading from it.
  static let callLimit = 32
  /// This many pieces of junk in a row end the conversation: whoever sends them is not talking to us.
  private static let junkLimit = 16

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
  private var junk = 0
  private(set) var isClosed = false

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
    return calls < Self.callLimit
  }

  func isWhole(_ bytes: RawSpan) -> Bool { pipeline.isWhole(bytes) }
  func faulted(_ refusal: Refusal) { pipeline.refuse(refusal, from: self, byteCount: 0) }

  func closed() {
    isClosed = true
    conversation = nil
    pipeline.ended(self)
  }

  func callBegan() {
    calls += 1
    conversation?.callBegan()
  }

  func callEnded() {
    calls -= 1
    guard !isClosed else { return }
    // Kept for both calls: the first may end the conversation, and with it its last owner.
    guard let conversation = self.conversation else { return }
    conversation.callEnded()
    if calls < Self.callLimit { conversation.resume() }
  }

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
    junk = wasJunk ? junk + 1 : 0
    if junk >= Self.junkLimit { conversation?.finish() }
  }
}
