package import SluiceSystem
package import SluiceWire

/// What one process had of a conversation that goes on in another, besides the descriptor: the kernel keeps the rest,
/// the peer's credentials included.
package struct CarriedConversation: Equatable, Sendable {
  /// Bytes that were read and not handed on.
  package var input: LineFramer.Rest
  /// Replies that were not sent yet.
  package var output: [UInt8]
  /// It ends once these are out.
  package var isFinishing: Bool

  package init(input: LineFramer.Rest = .init(), output: [UInt8] = [], isFinishing: Bool = false) {
    self.input = input
    self.output = output
    self.isFinishing = isFinishing
  }
}

/// A conversation whose peer can be passed a descriptor.
package protocol DescriptorBearing: AnyObject {
  /// Sends a line at once, with a descriptor beside it; false where there is no room for it.
  func send(_ line: [UInt8], passing descriptor: borrowing OwnedDescriptor) throws(Errno) -> Bool
}

extension SocketConnection: DescriptorBearing {
  package func send(_ line: [UInt8], passing other: borrowing OwnedDescriptor) throws(Errno) -> Bool {
    try descriptor.send(line, passing: [other.raw])
  }

  /// Stops reading. Calls in flight are still answered, and what is answered goes out.
  func park() {
    isParked = true
    if !isInTurn { settle() }
  }

  func unpark() {
    isParked = false
    waitForSilence()
    if !isInTurn { settle() }
  }

  /// What a successor goes on with; nil where nothing is left of it.
  var carried: CarriedConversation? {
    guard !isEnded, http == nil, session?.isBound != true else { return nil }
    return CarriedConversation(
      input: framer.rest, output: peerGone ? [] : Array(output[sent...]), isFinishing: isFinishing)
  }

  /// Goes on with a conversation, before `begin`.
  func take(_ carried: CarriedConversation) {
    framer = LineFramer(limit: framer.limit, carrying: carried.input)
    output = carried.output
    isFinishing = carried.isFinishing
    hasHeldLines = !carried.input.bytes.isEmpty && carried.input.skipped == nil
    hasSpoken = true
    maySpeakHTTP = maySpeakHTTP && carried == CarriedConversation()
  }
}
