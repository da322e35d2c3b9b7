internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceReactor

/// The side of a handover that gives: waits until nothing is in flight, passes everything over, and is over; or takes
/// everything back.
///
/// While it waits the reactor runs, so that calls end and replies go out. What follows holds the reactor for some
/// milliseconds, and for `transferLimit` at most: nothing is read or accepted then, so there is nothing else to do. A new
/// server that has not begun by then (it is stopped, or its machine is short of everything) has the token taken back;
/// one that has taken it is the server, and only its end is a reason to go on ourselves.
final class HandoverGiver {
  /// How long calls in flight may hold a handover up, and how long the new server may take to prepare, in nanoseconds.
  static let waitLimit: Int64 = 10_000_000_000
  private static let transferLimit: Int64 = 5_000_000_000
  private static let look: Int64 = 1_000_000
  /// Between looks at a new server that is the channel's and has not said so.
  private static let lateLook: Int64 = 20_000_000

  private unowned let server: Server
  private let line: PacketLine
  private let token: HandoverToken
  private let deadline: Int64
  /// The new server is the channel's, and has not said so yet.
  private(set) var isWaitingForWord = false
  /// Keeps the FIFO from being without a reader.
  private var fifoKeeper: HandedDescriptor?

  init(_ server: Server, _ line: PacketLine) throws(Errno) {
    self.server = server
    self.line = line
    token = try HandoverToken()
    deadline = Clock.monotonic + Self.waitLimit
  }

  func begin() {
    fifoKeeper = server.keptFIFO()
    server.park()
    wait()
  }

  private func wait() {
    guard !server.isDraining else { return giveUp("the server is stopping") }
    guard !line.hasEnded else { return giveUp("the new server is gone") }
    server.recorder.settle()
    if server.isQuiet { return transfer() }
    guard Clock.monotonic < deadline else {
      return giveUp("\(server.pipeline.inFlight) calls were still in flight after 10 s")
    }
    server.reactor.schedule(after: Self.look) { [self] in wait() }
  }

  private func giveUp(_ reason: String) {
    token.deny(reason)
    try? line.send(HandoverPacket.abort(reason).encoded, before: Clock.monotonic + 100_000_000)
    server.takeBack(reason)
  }

  private func transfer() {
    let limit = Clock.monotonic + Self.transferLimit
    do throws(Errno) {
      server.limits?.tell()
      try server.recorder.seal()
      try send(before: limit)
      guard try receive(before: limit) == .prepared else { return giveUp("the new server could not prepare itself") }
      server.recorder.isGivenAway = true
      try token.give()
    } catch {
      return giveUp(error == .timedOut ? "the new server took over 5 s to prepare" : "the new server: \(error)")
    }
    // From here on it may serve at any moment.
    do throws(Errno) { return end(try receive(before: limit)) } catch {
      guard error == .timedOut else { return end(nil) }
    }
    if token.takeBack() { return giveUp("the new server was ready and did not begin within 5 s") }
    isWaitingForWord = true
    server.notice("handover: the new server has taken over and says nothing; this one waits for its word or its end")
    waitForWord()
  }

  private func waitForWord() {
    do throws(Errno) { return end(try receive(before: Clock.monotonic)) } catch {
      guard error == .timedOut else { return end(nil) }
    }
    // It is the server, so there is nothing here that could be drained.
    guard !server.isDraining else { return server.handedOver() }
    server.reactor.schedule(after: Self.lateLook) { [self] in waitForWord() }
  }

  private func end(_ answer: HandoverPacket?) {
    if answer == .serving { return server.handedOver() }
    // It is gone: with the token, or without.
    server.takeBack("the new server ended as it was to begin")
  }

  private func receive(before limit: Int64) throws(Errno) -> HandoverPacket? {
    guard let packet = try line.receive(before: limit) else { return nil }
    return HandoverPacket(packet.bytes)
  }

  private func send(before limit: Int64) throws(Errno) {
    var (state, descriptors) = server.handoverState()
    state.descriptors.append(HandoverState.token)
    descriptors.append(token.exit.descriptor.raw)
    let conversations = server.transports.socketListener?.handedConversations ?? []
    state.conversations = conversations.count
    try line.send(HandoverPacket.state(state).encoded, passing: descriptors, before: limit)
    for start in stride(from: 0, to: conversations.count, by: HandoverPacket.group) {
      let group = conversations[start..<min(start + HandoverPacket.group, conversations.count)]
      try line.send(
        HandoverPacket.conversations(group.map { HandoverPacket.Shape($0.carried) }).encoded,
        passing: group.map(\.descriptor), before: limit)
      for conversation in group {
        for part in [conversation.carried.input.bytes, conversation.carried.output] {
          for begin in stride(from: 0, to: part.count, by: HandoverPacket.chunk) {
            let chunk = Array(part[begin..<min(begin + HandoverPacket.chunk, part.count)])
            try line.send(HandoverPacket.bytes(chunk).encoded, before: limit)
          }
        }
      }
    }
    try line.send(HandoverPacket.end.encoded, before: limit)
  }
}
