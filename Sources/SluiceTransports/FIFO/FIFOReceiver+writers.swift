internal import SluiceReactor
internal import SluiceSystem

/// Seeing whether anybody has the pipe open for writing. With a write end of our own nobody can; so it is let go of
/// while lines wait for the answer (see `LineMixing`), and the last writer's leaving is then an end of file.
extension FIFOReceiver {
  /// Nanoseconds that lines wait so: somebody may keep the pipe open for ever.
  private static let doubt: Int64 = 1_000_000_000
  /// Nanoseconds for which a removed FIFO's last writers are waited for.
  static let farewell: Int64 = 200_000_000

  func lookForWriters() {
    guard let journal, journal.isSuspended else {
      if let doubtTimer { reactor.cancel(doubtTimer) }
      doubtTimer = nil
      regainKeeper()
      return
    }
    guard fifo != nil, doubtTimer == nil else { return }
    if !isHeldBack { keeper = nil }
    doubtTimer = reactor.schedule(after: Self.doubt) { [weak self] in
      guard let self else { return }
      self.doubtTimer = nil
      do throws(Errno) { try self.journal?.resume(isQuiet: false, end: self.length) } catch {
        self.sink.noticed("cannot read the journal of \(self.path): \(error)")
      }
      self.advance()
    }
  }

  /// All that the pipe held has been taken, and nobody had it open.
  func sawNoWriters() throws(Errno) {
    sawEnd = true
    if isLeaving { sawLastWriterGo() }
    regainKeeper()
    guard let journal, names.count < 2 else { return }
    // Nobody will go on with it.
    try endLine()
    try journal.resume(isQuiet: true, end: length)
  }

  /// Judges what waits where the pipe is gone: nobody can add to it.
  func judgeLast(_ journal: LineJournal) throws(Errno) {
    guard journal.isSuspended, isRemoved || names.count > 1, !isParked else { return }
    try journal.resume(isQuiet: true, end: length)
  }

  func regainKeeper() {
    guard keeper == nil, fifo != nil, !isClosed else { return }
    if let end = try? directory.open(settings.name, .writeEndOfFIFO), (try? end.status().identity) == identity {
      keeper = consume end
      return
    }
    // It is no longer at its path. Without a write end its end of file would be reported for ever.
    if let registration { reactor.remove(registration) }
    registration = nil
  }

  /// Of a FIFO that is at no path any more: takes what those who have it open still write, for a moment.
  func waitForLastWriters() {
    keeper = nil
    sawEnd = false
    let deadline = Clock.monotonic + Self.farewell
    while Clock.monotonic < deadline {
      takeBytes()
      if sawEnd { return }
      Wait.pause(nanoseconds: 1_000_000)
    }
  }
}
