internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceReactor

/// Handing the channel over to another process, and taking it from one.
///
/// The listeners themselves go over, not only their names: there is one node and one queue of connections all the time,
/// so nobody is refused and nothing waits in a queue that ends with us. The locks go over with them (flock(2): a lock
/// belongs to the open file description), so no third server finds a moment to start in. One process writes the audit
/// log and the ledger at a time: whoever has the token (`HandoverToken`).
extension Server {
  // MARK: Giving

  /// Begins a handover to whoever asked over the control socket; a sentence where it is refused.
  func beginHandover(_ peer: any Conversation) -> String? {
    guard !isDraining else { return "it is stopping" }
    guard handoverGiver == nil else { return "it is handing over already" }
    guard !isMigrating() else { return "a migration is running; wait for its end" }
    guard let bearer = peer as? any DescriptorBearing else { return "this connection cannot carry descriptors" }
    do throws(Errno) {
      let (near, far) = try PacketLine.pair()
      let giver = try HandoverGiver(self, near)
      guard try bearer.send(Array("{\"handover\":1}\n".utf8), passing: far.descriptor) else {
        return "the connection is full"
      }
      handoverGiver = giver
      // Not from within the reading of the request.
      reactor.schedule(after: 0) { giver.begin() }
      return nil
    } catch { return "\(error)" }
  }

  /// Canaries and markers are counted in this process' memory: a handover would lose a migration's.
  private func isMigrating() -> Bool {
    guard let state = try? identity.directory(layout.stateDirectory),
      let file = try? state.open("migration.lock", .readWrite)
    else { return false }
    return (try? file.tryLockExclusive()) == false
  }

  func keptFIFO() -> HandedDescriptor? {
    guard transports.open.contains(.fifo), let place = try? transports.runtimeDirectory(),
      let fifo = try? place.open(layout.names.fifo, .readEndOfFIFO)
    else { return nil }
    return HandedDescriptor(fifo)
  }

  func park() {
    pipeline.drain()
    transports.park()
    control?.park()
    relay?.park()
  }

  var isQuiet: Bool { pipeline.inFlight == 0 && transports.isParked && recorder.isSettled }

  func handoverState() -> (HandoverState, [Int32]) {
    var state = HandoverState()
    state.pid = Int64(Process.identifier)
    state.phase = phase
    state.transports = transports.open
    var numbers: [Int32] = []
    func add(_ name: String, _ number: Int32?) {
      guard let number else { return }
      state.descriptors.append(name)
      numbers.append(number)
    }
    add("serve.lock", parts.lockDescriptor)
    for (name, listener) in [
      (layout.names.socket, transports.socketListener), (layout.names.controlSocket, control),
      (layout.names.relaySocket, relay),
    ] {
      guard let listener, let held = listener.handedDescriptors else { continue }
      add(name, held.listener)
      add("\(name).lock", held.lock)
      if listener.isInherited { state.inherited.append(name) }
    }
    return (state, numbers)
  }

  /// Goes on serving as if nothing had been.
  func takeBack(_ reason: String) {
    handoverGiver = nil
    recorder.isGivenAway = false
    notice("handover: \(reason); this server goes on")
    recorder.note("handover-failed") { line in line.member("reason", reason) }
    guard !isDraining else { return }
    pipeline.goOn()
    quarantineDesk.goOn()
    do throws(TransportFailure) {
      try transports.unpark()
      try control?.unpark()
      try relay?.unpark()
    } catch { notice("after the handover: \(error)") }
    // Its drops were let go of: it sends what is not settled again.
    relay?.dropConversations()
  }

  /// Everything is the new server's: nothing is written, removed or answered here any more.
  func handedOver() {
    isHandedOver = true
    notice("handed over: the new server serves")
    reactor.stop()
  }

  // MARK: Taking

  /// Opens what came with the handover, up to where nothing can fail any more, and becomes the server.
  func take(_ taken: HandoverTaker) throws(ServiceFailure) {
    do throws(TransportFailure) {
      try openDesks()
      if taken.state.transports.contains(.socket) { try transports.open(.socket) }
    } catch { throw ServiceFailure(error) }
    try taken.settle()
    do throws(TransportFailure) { try transports.socketListener?.applyMode() } catch {
      notice("after the handover: \(error)")
    }
    for kind in taken.state.transports where kind != .socket {
      do throws(TransportFailure) { try transports.open(kind) } catch { notice("after the handover: \(error)") }
    }
    do throws(TransportFailure) { try transports.finishLeftovers() } catch { notice("after the handover: \(error)") }
    for (handed, carried) in taken.conversations {
      if let descriptor = handed.take() { transports.socketListener?.take(descriptor, carried) }
    }
    taken.releaseConversations()
    transports.takeFormerQueue()
    do throws(TransportFailure) { try publishEndpoint() } catch { notice("after the handover: \(error)") }
  }
}
