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
  /// The answer, where it is known without waiting; nil sends the message to `handle`.
  func immediate(_ message: Message) -> HandlerResult?
  /// Answers later, exactly once.
  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void)
  /// Forgets drops that wait for their turn, at the beginning of a drain: they are on disk, and no handler has seen
  /// them. Returns their ids.
  func releaseWaitingDrops() -> [String]
  /// Ends what is running, at the end of a drain.
  func stop()
}

extension Handler {
  var takesHooks: Bool { false }
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
}

enum HandlerResult {
  /// JSON text of the result.
  case result([UInt8])
  /// One line of JSON that the handler printed.
  case line([UInt8], HandlerLine)
  case refused(Refusal)
  /// Nothing to say, as a notification wants it.
  case silent
}
