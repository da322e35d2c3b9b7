internal import SluiceReactor
internal import SluiceSystem

/// Going away for good: the FIFO has no path any more, and is read until nobody has it open.
extension FIFOReceiver {
  package var isLingering: Bool { isLeaving }

  package func leave() {
    guard fifo != nil, !isLeaving else { return }
    // First, so that what was written is in the journal and not with this process alone.
    takeBytes()
    removeName()
    isClosed = true
    isLeaving = true
    leftAt = Clock.monotonic
    cancelTimers()
    // From here on the last writer's leaving is an end of file.
    keeper = nil
    takeBytes()
    advance()
  }

  /// Nobody has it open. Whoever looked its path up before that went may come to open it only now, and would wait for a
  /// reader for ever: one stays for a moment.
  func sawLastWriterGo() {
    guard Clock.monotonic - leftAt < Self.farewell else { return finishLeaving() }
    if let registration { reactor.remove(registration) }
    registration = nil
    reactor.schedule(after: Self.farewell / 10) { [weak self] in
      guard let self, self.isLeaving, self.registration == nil, !self.isHeldBack else { return }
      self.watchAgain()
      self.takeBytes()
      self.advance()
    }
  }

  private func finishLeaving() {
    isLeaving = false
    isRemoved = true
    if let registration { reactor.remove(registration) }
    registration = nil
    fifo = nil
  }

  func removeName() {
    if let uproot = settings.uproot {
      uproot()
    } else if let found = try? directory.status(of: settings.name), found.identity == identity {
      try? directory.unlink(settings.name)
    }
  }

  func cancelTimers() {
    if let pathTimer { reactor.cancel(pathTimer) }
    pathTimer = nil
    if let doubtTimer { reactor.cancel(doubtTimer) }
    doubtTimer = nil
  }

  /// Its end of file would be reported whatever is asked for, so that it is not watched while it is held back.
  func watchAgain() {
    guard registration == nil else { return }
    switch fifo {
    case .some(let pipe): registration = try? reactor.register(pipe, for: .read, handler: self)
    case .none: break
    }
  }
}
