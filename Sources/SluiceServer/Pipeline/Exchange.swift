internal import SluicePolicy
internal import SluiceTransports
internal import SluiceWire

/// One message on its way from arrival to its end.
final class Exchange {
  /// Where it came from, and so where its answer goes.
  enum Origin {
    /// A connected peer; the place in the order of replies, for dialects without ids.
    case conversation(PeerSession, slot: Int?)
    /// A message that was left for us, and the token of the FIFO where its reply is awaited.
    case drop(Drop, replyToken: String?)
  }
  var origin: Origin
  let message: Message
  let sender: Sender
  let byteCount: Int
  /// Monotonic nanoseconds.
  let arrived: Int64
  /// A drop that waits for its rate: nothing has been done with it, so it may be let go of.
  var isHeldBack = false
  /// The program that sent it, where that is attested for this very message.
  var program: ProcessEvidence.Program?
  /// Of a list: what its asker may be shown.
  var listing: Listing?

  init(
    origin: Origin, message: Message, sender: Sender, byteCount: Int, arrived: Int64
  ) {
    self.origin = origin
    self.message = message
    self.sender = sender
    self.byteCount = byteCount
    self.arrived = arrived
  }
}
