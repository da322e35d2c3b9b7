internal import SluiceReactor
internal import SluiceSystem

/// Noticing that the path no longer leads to the pipe that is read: a FIFO that somebody removed or replaced would
/// otherwise be read for ever, while clients write elsewhere.
extension FIFOReceiver {
  private static let interval: Int64 = 1_000_000_000

  func watchPath() {
    pathTimer = reactor.schedule(after: Self.interval) { [weak self] in
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

  /// Goes over to the FIFO at the path, made where there is none: false while the one before still holds bytes.
  private func replacePipe() throws(Errno) -> Bool {
    takeBytes()
    guard try fifo?.pendingBytes() ?? 0 == 0 else { return false }
    try prepare()
    let pipe = try directory.open(settings.name, .bothEndsOfFIFO)
    let status = try pipe.status()
    guard status.kind == .fifo else { throw Errno.exists }
    let next = try reactor.register(pipe, for: .read, handler: self)
    if let registration { reactor.remove(registration) }
    registration = next
    identity = status.identity
    fifo = consume pipe
    isHeldBack = false
    // Nobody goes on with a line that the other pipe began.
    if names.count < 2 { try endLine() }
    advance()
    return true
  }
}
