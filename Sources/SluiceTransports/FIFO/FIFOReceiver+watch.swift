internal import SluiceReactor
internal import SluiceSystem

/// Noticing that the path no longer leads to the pipe that is read: a FIFO that somebody removed or replaced would
/// otherwise be read for ever, while clients write elsewhere.
extension FIFOReceiver {
  func watchPath() {
    pathTimer = reactor.schedule(after: settings.lookInterval) { [weak self] in
      guard let self else { return }
      self.lookAtPath()
      self.watchPath()
    }
  }

  private func lookAtPath() {
    do throws(Errno) {
      let found = try directory.status(of: settings.name)
      if let found, found.identity == identity {
        stranger = nil
        return
      }
      // Whoever stands in for drops takes what replaced it.
      if settings.plant != nil, found != nil { return }
      if let found, found.kind != .fifo {
        if stranger != found.identity {
          sink.noticed(
            "\(path) is a \(found.kind.rawValue) and no longer the FIFO that is read: what is written there does not"
              + " arrive; move it away, and the FIFO is made again")
        }
        stranger = found.identity
        return
      }
      guard try replacePipe() else { return }
      stranger = nil
      sink.noticed(
        found == nil
          ? "\(path) was removed; it is made again" : "\(path) was replaced by another FIFO, which is read from now on")
    } catch { sink.noticed("cannot look at \(path): \(error)") }
  }

  /// Goes over to the FIFO at the path, made where there is none: false while the one before still holds bytes, or has
  /// writers, for a look or two.
  private func replacePipe() throws(Errno) -> Bool {
    keeper = nil
    sawEnd = false
    takeBytes()
    guard try fifo?.pendingBytes() ?? 0 == 0 else { return false }
    looksElsewhere += 1
    guard sawEnd || looksElsewhere > settings.mostLooks else { return false }
    looksElsewhere = 0
    try prepare()
    let pipe = try directory.open(settings.name, .readEndOfFIFO)
    let end = try directory.open(settings.name, .writeEndOfFIFO)
    let status = try pipe.status()
    guard status.kind == .fifo else { throw Errno.exists }
    if let registration { reactor.remove(registration) }
    registration = nil
    registration = try reactor.register(pipe, for: .read, handler: self)
    identity = status.identity
    fifo = consume pipe
    keeper = consume end
    isHeldBack = false
    // Nobody goes on with a line that the other pipe began.
    if names.count < 2 { try endLine() }
    advance()
    return true
  }
}
