internal import SluiceChannel
internal import SluicePolicy
internal import SluiceTransports
internal import SluiceWire

/// What answers a message.
protocol Handler: AnyObject {
  /// Whether a handler that was interrupted may have acted: then it calls `HandlerCall.prepare` first, which makes the
  /// intent durable, and after a crash the message goes to quarantine instead of to the handler a second time.
  var mayAct: Bool { get }
  /// Whether it takes hooks: objects of any shape, on several lines too. Without a word, it does not.
  var takesHooks: Bool { get }
  /// Whether it has a stream for each conversation, and asks the peer in its turn: then notifications and responses are
  /// its too, and a peer with many calls in flight is still read from.
  var isStreaming: Bool { get }
  /// Whether nothing of it is left that the end of the process would cut off.
  var isIdle: Bool { get }
  /// What a content of the drop dialect asks for.
  func method(of content: String) -> String
  /// The answer, where it is known without waiting; nil sends the message to `handle`.
  func immediate(_ message: Message) -> HandlerResult?
  /// Answers later, exactly once.
  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void)
  /// Forgets drops that wait for their turn, at the beginning of a drain: they are on disk, and no handler has seen
  /// them. Returns their ids. Nothing is begun ahead of need from here on.
  func releaseWaitingDrops() -> [String]
  /// Forgets those of these drops that wait for their turn and that no handler has seen. Returns their ids.
  func release(_ ids: Set<String>) -> [String]
  /// Ends what is running, at the end of a drain.
  func stop()
}

extension Handler {
  var takesHooks: Bool { false }
  var isStreaming: Bool { false }
  var isIdle: Bool { true }
  func method(of content: String) -> String { content }
  func release(_ ids: Set<String>) -> [String] { [] }
}

/// One call, with the facts that a handler may be told.
struct HandlerCall {
  let bytes: [UInt8]
  let message: Message
  let principal: Principal
  let route: TransportKind
  let id: String?
  /// Called when the handler has a place for the message and before it is given it; goes on when that is recorded.
  let prepare: ((@escaping () -> Void) -> Void)?
  /// The program that sent it, where that is attested for this very message.
  var program: ProcessEvidence.Program?
  /// Of a legacy drop: how whole it is known to be, and where it lay.
  var proof: ClaimProof?
  var path: String?
  /// Who is connected; nil for a message that was left for us.
  var peer: (any HandlerPeer)?
}

/// A connected peer, seen from a handler that has a stream for it.
protocol HandlerPeer: AnyObject {
  /// What the handler keeps for it.
  var stream: (any HandlerStream)? { get set }
  /// Writes a line of the handler's own, which is no answer to a call.
  func pass(_ line: [UInt8])
  /// Whether what was written is read; where not, `HandlerStream.roomAppeared` comes after `tellWhenRoom`.
  var hasRoom: Bool { get }
  func tellWhenRoom()
  /// Goes on reading after `HandlerStream.takesMore` was false.
  func goOn()
  /// Ends the conversation once what waits has gone out.
  func finish()
}

/// What a handler keeps for one conversation.
protocol HandlerStream: AnyObject {
  /// Whether it takes another message now.
  var takesMore: Bool { get }
  /// Whether it has state of this conversation's that no other process can go on with.
  var isBound: Bool { get }
  func take(_ call: HandlerCall, _ completion: @escaping (HandlerResult) -> Void)
  /// The peer sends nothing more, and waits for its answers.
  func peerFinished()
  func peerClosed()
  func roomAppeared()
}

enum HandlerResult {
  /// JSON text of the result.
  case result([UInt8])
  /// One line of JSON that the handler printed.
  case line([UInt8], HandlerLine)
  /// A JSON-RPC answer that goes on as it is.
  case reply([UInt8], isError: Bool)
  case refused(Refusal)
  /// Nothing to say, as a notification wants it.
  case silent
  /// The peer cancelled it: no answer, or a late one that the handler passes on itself.
  case withdrawn
}
