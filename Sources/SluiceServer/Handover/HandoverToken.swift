internal import SluiceSystem

/// The one word that makes a server the channel's: a message that only one of the two can take, however long either of
/// them was stopped in between.
///
/// The old server puts `go` into a queue that both can read. The new one takes it, and is the server; or the old one,
/// after its deadline, takes it back, and goes on. Whoever finds the queue empty knows that the other one has it.
struct HandoverToken {
  private let entry: PacketLine
  /// The queue's reading end, of which the new server gets a copy.
  let exit: PacketLine

  init() throws(Errno) { (entry, exit) = try PacketLine.pair() }

  func give() throws(Errno) { try entry.send(HandoverPacket.go.encoded, before: Clock.monotonic) }

  /// Whether it is ours again. False where the new server has it.
  func takeBack() -> Bool {
    do throws(Errno) { return try exit.receive(before: Clock.monotonic) != nil } catch { return false }
  }

  /// Leaves word that it will not come: an end of the queue without it means that the old server is gone.
  func deny(_ reason: String) {
    try? entry.send(HandoverPacket.abort(reason).encoded, before: Clock.monotonic)
  }
}
