internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// The server's side.
extension Bridge {
  func dialIfNeeded(_ now: Int64) {
    guard link == nil, ending == nil else { return }
    // The first connection is made for its own sake: a host that starts us wants to know whether there is a server.
    guard !redial.hasConnected || session.needsServer else { return }
    if !redial.hasConnected || !session.outbox.isEmpty { redial.hurry(now: now) }
    guard let time = redial.time else { return dial() }
    if now >= time { dial() }
  }

  func dial() {
    let now = Clock.monotonic
    do throws(TransportFailure) {
      let descriptor = try settings.connect()
      do throws(Errno) {
        link = try ServerLink(descriptor, reactor, lineLimit: settings.serverLine) { [unowned self] in serverReady($0) }
      } catch { throw TransportFailure(error, doing: "watch", path: "the connection") }
      redial.connected()
      session.connected(now: now)
      flushToServer()
    } catch { failed(error, now) }
  }

  private func failed(_ failure: TransportFailure, _ now: Int64) {
    switch failure.kind {
    case .notRunning, .busy:
      guard redial.hasConnected || now < began + settings.wait else { return end(.noServer(failure)) }
      redial.failed(failure, now: now)
    case .notPermitted where redial.mayStillBeOpened:
      redial.refused(failure, now: now)
    default: end(.refused(failure))
    }
  }

  func serverReady(_ readiness: Readiness) {
    guard let link else { return }
    if readiness.includes(.write) { flushToServer() }
    // After a hang-up only what the kernel still holds can come; it would be reported until it is read.
    let isOver = readiness.includes(.hangUp) || readiness.includes(.error)
    if self.link === link, session.wantsServer || isOver { read(link) }
    settle()
  }

  private func read(_ link: ServerLink) {
    let count: Int?
    do throws(Errno) { count = try link.read(into: buffer) } catch { return lose("the server is gone: \(error)") }
    guard let count else { return }
    var verdict = BridgeSession.Verdict.goOn
    let now = Clock.monotonic
    let message = { (line: RawSpan) -> Bool in
      if verdict == .goOn { verdict = self.session.serverSaid(line, now: now) }
      return verdict == .goOn
    }
    let fault = { (_: LineFramer.Fault) in
      if verdict == .goOn { verdict = self.session.serverSaidTooMuch(limit: self.settings.serverLine) }
    }
    if count > 0 {
      buffer.withBytes(count) { link.framer.consume($0, message: message, fault: fault) }
    } else {
      link.framer.endOfStream(message: { _ = message($0) }, fault: fault)
      if verdict == .goOn { verdict = .lost("the server closed the connection") }
    }
    take(verdict)
  }

  func flushToServer() {
    guard let link else { return }
    while let (bytes, from) = session.pending {
      do throws(Errno) {
        guard let count = try link.send(bytes, from: from) else { return }
        session.wroteToServer(count)
      } catch {
        // What it answered before it went is still to be read; reading finds the end.
        if error == .brokenPipe || error == .connectionReset { return read(link) }
        return lose("cannot write to the server: \(error)")
      }
    }
  }

  func closeLink() {
    link?.close()
    link = nil
  }

  func lose(_ reason: String) {
    guard link != nil else { return }
    closeLink()
    let wasDraining = drainDeadline != nil && session.isSettled
    if !wasDraining, session.needsServer || session.calls.hasCalls { tell(reason) }
    session.lost(reason)
    redial.lost(now: Clock.monotonic, wasUseful: session.hasHeard)
    guard drainDeadline != nil, session.outbox.isEmpty else { return }
    end(.done)
  }
}
