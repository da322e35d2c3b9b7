internal import SluiceSystem
internal import SluiceReactor

/// The watch on our own node.
///
/// A deleted node, and one that was renamed away, is bound anew under the lock that is still held. What somebody else put
/// in its place is left alone, whatever it is: in a directory that only root and the channel's user can change, it is
/// there for a reason that a server cannot know. It is said once, and as soon as the name is free it is bound again.
/// Connections go on in every case, and whoever waits in the lost node's queue is let in first.
extension SocketListener {
  /// How often the node is looked at, in nanoseconds.
  private static let lookInterval: Int64 = 1_000_000_000

  func watchNode() {
    guard nodeWatch == nil else { return }
    // Not weak, which would make every reference to it slow, and each message has some: `deinit` cancels it.
    nodeWatch = reactor.schedule(after: Self.lookInterval) { [unowned self] in
      nodeWatch = nil
      guard node != nil else { return }
      if !isParked { lookAtNode() }
      watchNode()
    }
  }

  private func lookAtNode() {
    let found: FileStatus?
    do throws(Errno) { found = try directory.status(of: settings.name) } catch {
      return complain("\(path) cannot be looked at: \(error)")
    }
    if let found {
      if found.identity == node {
        lookAtDirectory()
      } else {
        complain(
          "\(path) is not this server's any more: a \(found.kind.rawValue) of uid \(found.uid) has taken its place;"
            + " remove it, and the socket is bound again within a second")
      }
      return
    }
    guard !isInherited else {
      return complain("\(path) is gone; restart the service manager's socket unit, which made it")
    }
    bindAnew()
  }

  /// A directory that was moved away keeps our node, where no client finds it.
  private func lookAtDirectory() {
    guard let held = try? directory.descriptor.status().identity else { return }
    let found = (try? Directory.open(directory.path).descriptor.status())?.identity
    guard found != held else {
      nodeComplaint = nil
      return
    }
    complain(
      "\(directory.path) was \(found == nil ? "removed" : "replaced") while serving; restart the server to use it")
  }

  private func bindAnew() {
    do throws(Errno) {
      try keepLock()
      let bound = try UnixSocket.listen(
        in: directory, name: settings.name, mode: settings.mode, owner: settings.owner)
      if let registration { reactor.remove(registration) }
      registration = nil
      while let waiting = try? acceptOne() { adopt(waiting) }
      try listen(on: bound)
      nodeComplaint = nil
      sink.noticed("\(path) was gone and has been bound anew")
      rebound(path)
    } catch {
      complain(
        error == .noSuchFile
          ? "\(directory.path) was removed; restart the server to make it again"
          : "\(path) is gone and cannot be bound anew: \(error); trying again every second")
    }
  }

  /// The lock counts as long as its file has its name: whoever starts now would lock another one.
  private func keepLock() throws(Errno) {
    let name = ".\(settings.name).lock"
    let found = try directory.status(of: name)?.identity
    let isSame =
      switch lock {
      case .some(let held): try held.status().identity == found
      case .none: false
      }
    guard !isSame else { return }
    guard let taken = try takeLock() else { throw Errno.addressInUse }
    lock = consume taken
  }

  private func complain(_ text: String) {
    guard nodeComplaint != text else { return }
    nodeComplaint = text
    sink.noticed(text)
  }
}
