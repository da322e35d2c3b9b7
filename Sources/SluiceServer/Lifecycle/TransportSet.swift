internal import SluiceChannel
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports

/// The transports of a running server, opened and closed one by one while it serves.
final class TransportSet {
  private let channel: ChannelFile
  let layout: ChannelLayout
  let identity: ChannelIdentity
  private let reactor: Reactor
  private let sink: any MessageSink
  private(set) var receivers: [TransportKind: any ReceivingSide] = [:]
  /// Closed ones that settle what they took, or are read for those who have them open.
  var leaving: [any ReceivingSide] = []
  /// Removed while this process runs: what still comes to their names is collected.
  var removed: Set<TransportKind> = []
  /// What the socket is to find out about each message's program and sender.
  var attestation = SocketListener.Attestation.usersOnly {
    didSet {
      for side in Array(receivers.values) + leaving { (side as? SocketListener)?.attestation = attestation }
    }
  }
  /// Called with a path whose socket was lost and bound anew.
  var rebound: (String) -> Void = { _ in }
  /// A predecessor's listener, for the first time the socket is opened.
  private var handedSocket: HandedListener?
  /// A predecessor's listener that the service manager's takes the place of.
  private var formerSocket: HandedDescriptor?
  /// The service manager's listener, which is used whenever the socket is opened.
  var inheritedSocket: HandedDescriptor?
  /// A predecessor handed over: the FIFO's writers may be in the middle of a line.
  var goesOn = false

  private let sight: any ProcessSight
  /// Serves HTTP on the socket; nil where the channel file does not ask for it.
  var http: HTTPDaemon?

  init(
    channel: ChannelFile, layout: ChannelLayout, identity: ChannelIdentity, reactor: Reactor, sink: any MessageSink,
    sight: any ProcessSight
  ) {
    self.sight = sight
    self.channel = channel
    self.layout = layout
    self.identity = identity
    self.reactor = reactor
    self.sink = sink
  }

  var open: [TransportKind] { TransportKind.allCases.filter { receivers[$0] != nil } }
  var connectionCount: Int {
    (receivers.values.compactMap { $0 as? SocketListener } + leaving.compactMap { $0 as? SocketListener })
      .reduce(0) { $0 + $1.connectionCount }
  }
  var isIdle: Bool {
    forgetSettled()
    return leaving.allSatisfy(\.isIdle) && receivers.values.allSatisfy(\.isIdle)
  }

  /// Opens a transport beside those that are open; one that is open already stays as it is.
  func open(_ kind: TransportKind) throws(TransportFailure) {
    guard receivers[kind] == nil else { return }
    defer { updateStrays() }
    // One that is still settling what it took is opened again: a second one would find the same journals.
    if kind != .socket, let index = leaving.firstIndex(where: { $0.kind == kind && (!$0.isIdle || $0.isLingering) }) {
      let receiver = leaving.remove(at: index)
      try receiver.open()
      receivers[kind] = receiver
      return
    }
    guard let receiver = try make(kind) else { return }
    if let listener = receiver as? SocketListener, let handed = handedSocket {
      handedSocket = nil
      try listener.open(adopting: handed)
    } else if let listener = receiver as? SocketListener, let handed = try inherited() {
      try listener.open(adopting: handed)
    } else {
      try receiver.open()
    }
    receivers[kind] = receiver
  }

  /// Goes on with a predecessor's listener. Where the service manager passed another one its node has taken the place of
  /// the predecessor's: then clients come to that one, and those who wait in the old queue are let in once.
  func use(handed: HandedListener?) {
    guard let handed else { return }
    guard let own = inheritedSocket, let fresh = (try? own.duplicate()) ?? nil else {
      handedSocket = handed
      if handed.isInherited { inheritedSocket = (try? handed.listener.duplicate()) ?? nil }
      return
    }
    let isSame = (try? own.isSame(as: handed.listener)) ?? false
    handedSocket = HandedListener(listener: isSame ? handed.listener : fresh, lock: handed.lock, isInherited: true)
    if !isSame { formerSocket = handed.listener }
  }

  /// Lets in who waits at a listener that was replaced, once nothing can be given back any more.
  func takeFormerQueue() {
    guard let former = formerSocket?.take() else { return }
    formerSocket = nil
    socketListener?.takeQueue(of: former)
  }

  private func inherited() throws(TransportFailure) -> HandedListener? {
    do throws(Errno) {
      return try inheritedSocket?.duplicate().map { HandedListener(listener: $0, lock: nil, isInherited: true) }
    } catch { throw TransportFailure(error, doing: "use", path: "the service manager's socket") }
  }

  var socketListener: SocketListener? { receivers[.socket] as? SocketListener }

  /// Stops taking anything in, so that it can be gone on with here or elsewhere.
  func park() {
    letGoOfLate()
    for receiver in receivers.values {
      switch receiver {
      case let listener as SocketListener: listener.park()
      case let fifo as FIFOReceiver: fifo.park()
      default: receiver.close(removingObjects: false)
      }
    }
  }

  /// After `park`: whether nothing is taken any more and no conversation is left that cannot go on elsewhere.
  var isParked: Bool {
    forgetSettled()
    return !leaving.contains { $0 is SocketListener }
      && receivers.values.allSatisfy { ($0 as? RunFileReceiver)?.hasStopped ?? true }
      && (socketListener?.isQuiet ?? true)
  }

  /// Goes on after `park`. What the one-way transports had handed in was let go of: they find it in their journals.
  func unpark() throws(TransportFailure) {
    try socketListener?.unpark()
    goesOn = true
    leaving.removeAll { !($0 is SocketListener) }
    try finishLeftovers()
    for kind in open where kind != .socket {
      guard let receiver = try make(kind) else { continue }
      try receiver.open()
      receivers[kind] = receiver
    }
  }

  /// Closes a transport; what it has taken is still settled.
  func close(_ kind: TransportKind, removingObjects: Bool) {
    guard let receiver = receivers.removeValue(forKey: kind) else { return }
    if removingObjects { receiver.leave() } else { receiver.close(removingObjects: false) }
    (receiver as? SocketListener)?.finishConversations()
    if !receiver.isIdle || receiver.isLingering { leaving.append(receiver) }
    if removingObjects { removed.insert(kind) }
    updateStrays()
  }

  /// Closes all, for the end of the process: files and FIFOs stay for the next server, a socket without one would lie.
  func closeAll() {
    for kind in open { close(kind, removingObjects: kind == .socket) }
    letGoOfLate()
  }

  func dropConversations() { for case let listener as SocketListener in leaving { listener.dropConversations() } }

  func make(_ kind: TransportKind) throws(TransportFailure) -> (any ReceivingSide)? {
    let limit = channel.limits.message.bytes
    switch kind {
    case .fileDrop: return nil  // the relay's
    case .runFile:
      let receiver = RunFileReceiver(
        directory: try runtimeDirectory(),
        settings: RunFileSettings(
          lockName: layout.names.lockFile, fileName: layout.names.runFile, claimedName: layout.names.claimedDirectory,
          mode: identity.fileMode, owner: identity.owner, messageLimit: limit), reactor: reactor, sink: sink)
      receiver.sight = sight
      return receiver
    case .fifo:
      let fifo = FIFOReceiver(
        directory: try runtimeDirectory(), spool: try trusted(layout.spoolDirectory),
        settings: FIFOSettings(
          name: layout.names.fifo, mode: identity.fileMode, owner: identity.owner, messageLimit: limit),
        reactor: reactor, sink: sink)
      fifo.goesOn = goesOn
      return fifo
    case .socket:
      let listener = SocketListener(
        directory: try runtimeDirectory(),
        settings: SocketListener.Settings(
          name: layout.names.socket, mode: channel.socket.mode.rawValue, owner: identity.owner, messageLimit: limit,
          outputBound: channel.limits.output.bytes, connectionLimit: channel.limits.connections,
          userConnectionLimit: channel.limits.perUserConnections, deadlines: deadlines,
          bufferLimit: channel.limits.buffers.bytes, reservedUsers: [0, identity.user]), reactor: reactor, sink: sink)
      listener.lookUp = PeerLookUp(sight: sight)
      listener.attestation = attestation
      listener.http = http
      listener.rebound = rebound
      return listener
    }
  }

  private var deadlines: ConnectionDeadlines {
    let limits = channel.limits
    return ConnectionDeadlines(
      firstByte: limits.firstByte.nanoseconds, idle: limits.idle?.nanoseconds,
      unfinished: limits.unfinished.nanoseconds, stalled: limits.stalled.nanoseconds)
  }

  func runtimeDirectory() throws(TransportFailure) -> Directory { try trusted(layout.runtimeDirectory) }

  func trusted(_ path: String) throws(TransportFailure) -> Directory {
    do throws(UnsafePath) { return try identity.directory(path) } catch { throw TransportFailure(error) }
  }
}
