internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports

/// What is left of transports that are closed: lines that were taken and not settled, and lines of writers who do not know
/// that nobody reads there any more.
extension TransportSet {
  /// Closed transports that settle what they took, or that writers have open.
  var closing: [TransportKind] {
    forgetSettled()
    return TransportKind.allCases.filter { kind in leaving.contains { $0.kind == kind && $0.isClosing } }
  }

  func forgetSettled() { leaving.removeAll { $0.isIdle && !$0.isLingering } }

  /// Works off what an earlier process took through transports that are not open now.
  func finishLeftovers() throws(TransportFailure) {
    if receivers[.runFile] == nil, let receiver = try make(.runFile) as? RunFileReceiver {
      do throws(Errno) { if try receiver.finishClaims() { leaving.append(receiver) } } catch {
        throw TransportFailure(error, doing: "look for claims in", path: layout.runtimeDirectory)
      }
    }
    if receivers[.fifo] == nil, let receiver = try make(.fifo) as? FIFOReceiver {
      do throws(Errno) { try receiver.finishJournals() } catch {
        throw TransportFailure(error, doing: "look for journals in", path: layout.spoolDirectory)
      }
      if !receiver.isIdle { leaving.append(receiver) }
    }
  }

  /// Takes in what came to the names of transports that an earlier process removed, and removes it again. Of those that
  /// this one removed, their receivers see to that.
  /// - Returns: whether anything is done.
  func collect(_ kind: TransportKind, keeping kept: [String]) throws(TransportFailure) -> Bool {
    forgetSettled()
    guard kind == .runFile || kind == .fifo, receivers[kind] == nil else { return false }
    removed.insert(kind)
    defer { updateStrays() }
    guard receivers[.runFile] == nil, !leaving.contains(where: { $0.kind == .runFile }),
      let receiver = try make(.runFile)
    else { return false }
    try receiver.open()
    (receiver as? RunFileReceiver)?.keep(kept)
    receiver.leave()
    leaving.append(receiver)
    return true
  }

  /// Opens a transport that is to be closed for good and that this process does not have open, such as one that was started
  /// in the middle of a migration: what writers have put there is read before it goes. Of a socket it is a dead node, which
  /// its listener removes; one that another process listens on is not ours and stays.
  func openUnread(_ kind: TransportKind) throws(TransportFailure) {
    let name: String
    let expected: FileStatus.Kind
    switch kind {
    case .fifo: (name, expected) = (layout.names.fifo, .fifo)
    case .runFile: (name, expected) = (layout.names.runFile, .regular)
    case .socket: (name, expected) = (layout.names.socket, .socket)
    case .fileDrop: return
    }
    guard receivers[kind] == nil else { return }
    let directory = try runtimeDirectory()
    do throws(Errno) {
      let found = try directory.status(of: name)
      guard let found, found.uid == identity.user, found.kind == expected else { return }
    } catch {
      guard error != .noSuchFile else { return }
      throw TransportFailure(error, doing: "look at \(name) in", path: layout.runtimeDirectory)
    }
    if kind == .socket { try? open(kind) } else { try open(kind) }
  }

  /// Before the end: what writers have put where nobody will read is taken over.
  func letGoOfLate() {
    removed = []
    for receiver in leaving where receiver.isLingering { receiver.close(removingObjects: false) }
  }

  /// Tells the run-file's claimer, whether that is open or not, at which other names lines may come.
  func updateStrays() {
    removed.subtract(open)
    let strays = removed.contains(.fifo) ? [layout.names.fifo] : []
    for receiver in Array(receivers.values) + leaving { (receiver as? RunFileReceiver)?.takeAlso(strays) }
  }
}
