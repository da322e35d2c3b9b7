package import SluiceChannel
package import SluicePolicy
package import SluiceWire

/// The receiving side of a transport: opened and closed as the phase wants, it hands every framed message to its sink.
///
/// Everything here runs on the reactor's thread; what can block (locks, the directory watch) runs on a thread of the
/// transport's own and reports through a mailbox.
package protocol ReceivingSide: AnyObject {
  var kind: TransportKind { get }
  /// Makes or checks its objects and begins to receive.
  func open() throws(TransportFailure)
  /// Takes nothing new; what was taken is still settled. Objects stay for a successor unless `removingObjects`.
  func close(removingObjects: Bool)
  /// Whether everything that it took has been settled.
  var isIdle: Bool { get }
  /// Closed, and something of it is not settled, or writers have it open.
  var isClosing: Bool { get }
  /// Closed and removed, and looked after for those who do not know that yet: it is kept while it is.
  var isLingering: Bool { get }
  /// Closes and removes it for good, while the process goes on: what those who have it open still write is taken, where
  /// that can be known.
  func leave()
}

extension ReceivingSide {
  package var isClosing: Bool { !isIdle || isLingering }
  package var isLingering: Bool { false }
  package func leave() { close(removingObjects: true) }
}

/// The sending side of a transport, as a client uses it; may block up to its deadline.
package protocol SendingSide {
  /// Sends one message. Returning means: it is where the receiving side will find it.
  func send(_ message: [UInt8]) throws(TransportFailure)
  /// Sends one message and waits for its reply line, without the newline.
  func request(_ message: [UInt8]) throws(TransportFailure) -> [UInt8]
}

/// What a receiving side hands messages to.
package protocol MessageSink: AnyObject {
  /// A peer connected: the session for its messages, or nil to refuse it (the sink has sent its refusal).
  func opened(_ conversation: any Conversation) -> (any ConversationSession)?
  /// A message that was left for us, with its durable id. It is settled later through its source, exactly once.
  func dropped(_ bytes: RawSpan, _ drop: Drop)
  /// Bytes that were left for us and are no message. Settled like a message.
  func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop)
  /// All messages with this prefix are settled, and what they were left in goes next.
  func completed(idPrefix: String)
  /// Ids with this prefix can never come again.
  func retired(idPrefix: String)
  /// Something that an operator wants to know.
  func noticed(_ text: String)
  /// Whether policy lets this peer call nothing at all: it gets a refusal, and a place among its like.
  func isStranger(_ principal: Principal) -> Bool
  /// A peer ran into a limit. May come very often.
  func limited(_ hit: LimitHit)
}

extension MessageSink {
  package func completed(idPrefix: String) {}
  package func isStranger(_ principal: Principal) -> Bool { false }
  package func limited(_ hit: LimitHit) { noticed(hit.text) }
}

/// A connected peer, seen from the sink.
package protocol Conversation: AnyObject {
  var principal: Principal { get }
  /// What is known of the program behind the message that is being received: asked only where a rule needs it, since
  /// it costs system calls.
  func evidence() -> ProcessEvidence
  /// Why the message that is being received may come from another process than the one that connected; nil where the
  /// kernel says that it does not.
  var senderDoubt: String? { get }
  /// Rules ask for more than was looked up when it was made: they can be met on a new connection only.
  var isOlderThanRules: Bool { get }
  /// Appends reply lines to what goes out. Large or late peers are held back by not reading from them.
  func write(_ body: (inout [UInt8]) -> Void)
  /// Bytes that wait to go out.
  var waiting: Int { get }
  /// Counts calls that have no answer yet: the conversation stays open for them after the peer's half-close.
  func callBegan()
  func callEnded()
  /// Goes on reading after the session had asked to stop.
  func resume()
  /// Ends it once what waits has gone out.
  func finish()
  /// Whether more may be written without piling up; where not, `tellWhenRoom` has the session told.
  var hasRoom: Bool { get }
  func tellWhenRoom()
}

extension Conversation {
  package var hasRoom: Bool { true }
  package func tellWhenRoom() {}
  package var senderDoubt: String? { "the senders of single messages are not looked up" }
  package var isOlderThanRules: Bool { false }
}

/// What the sink keeps for one conversation.
package protocol ConversationSession: AnyObject {
  /// One message; false asks to stop reading until `Conversation.resume`.
  func received(_ bytes: RawSpan) -> Bool
  /// Whether bytes without a newline are one whole message.
  func isWhole(_ bytes: RawSpan) -> Bool
  func faulted(_ refusal: Refusal)
  /// The peer sends nothing more. It may still read, unless it is gone.
  func inputEnded(peerIsGone: Bool)
  /// There is room again for what could not be written.
  func roomAppeared()
  /// Something of this process' belongs to it, and it cannot go on in another.
  var isBound: Bool { get }
  func closed()
}

extension ConversationSession {
  package func inputEnded(peerIsGone: Bool) {}
  package func roomAppeared() {}
  package var isBound: Bool { false }
}

/// One message of a one-way transport.
package struct Drop {
  /// Unique for this message, the same when it is read again after a crash.
  package let id: String
  package let route: TransportKind
  package let principal: Principal
  /// For files: how it is known that this is what one writer wrote.
  package let proof: ClaimProof?
  package let source: any DropSource
  /// For legacy drops: the path where it lay.
  package var path: String?
  /// For files: permission bits of the file that held it.
  package var mode: UInt32?
  /// For files: what the writing process called itself, where that was seen; a hint.
  package var program: String?
  /// What was read of it, where that was needed already.
  package var message: Message?
  /// The original is this message and nothing else, and reads the same, under the same id, for as long as it is there.
  package var isWholeOriginal = false

  package init(
    id: String, route: TransportKind, principal: Principal, proof: ClaimProof? = nil, source: any DropSource
  ) {
    self.id = id
    self.route = route
    self.principal = principal
    self.proof = proof
    self.source = source
  }
}

/// Where a drop came from: told when its outcome is durable, so that it can let go of the original.
package protocol DropSource: AnyObject {
  func settle(_ id: String)
  /// The reply line of a message that is about to be settled, without its newline.
  func answer(_ line: [UInt8], to id: String)
}

extension DropSource {
  package func answer(_ line: [UInt8], to id: String) {}
}
