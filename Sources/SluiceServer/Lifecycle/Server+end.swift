internal import SluiceChannel
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// Signals, and the orderly end.
extension Server {
  final class SignalHandler: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  func takeSignals() {
    while let signal = try? signals.next() {
      switch signal {
      case .terminate, .interrupt: drain()
      case .hangUp: if handoverGiver?.isWaitingForWord != true { reload() }
      case .childEnded: break
      }
    }
  }

  /// Stops arrivals, answers what is there, and ends; a second signal ends at once.
  func drain() {
    guard !isDraining else {
      notice("ending at once: a second signal came during the drain")
      reactor.stop()
      return
    }
    isDraining = true
    // Nothing here is ours to close any more; the giver sees it and ends.
    if handoverGiver?.isWaitingForWord == true { return }
    ServiceNotification.stopping()
    pipeline.drain()
    transports.closeAll()
    relay?.close(removingObjects: true)
    relay?.finishConversations()
    control?.close(removingObjects: true)
    waitForDrain(until: Clock.monotonic + Self.drainLimit)
  }

  func waitForDrain(until deadline: Int64) {
    recorder.settle()
    if pipeline.inFlight == 0, transports.connectionCount == 0, recorder.isSettled, pipeline.isHandlerIdle {
      reactor.stop()
      return
    }
    guard Clock.monotonic < deadline else {
      notice(
        "the drain took over 10 s: ending \(pipeline.inFlight) calls and \(transports.connectionCount) connections")
      pipeline.stopHandler()
      transports.dropConversations()
      failure = ServiceFailure(.busy, "the drain took over 10 s; what was cut off is in the audit log or in quarantine")
      reactor.stop()
      return
    }
    reactor.schedule(after: 5_000_000) { [weak self] in self?.waitForDrain(until: deadline) }
  }
}
