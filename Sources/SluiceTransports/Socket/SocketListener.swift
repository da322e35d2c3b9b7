package import SluiceChannel
internal import SluicePolicy
package import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// The receiving side of the socket transport.
///
/// The node's directory is held open. A lock file beside the node, locked for the listener's whole life, decides
/// whether a node that is found there is left over: a connect probe cannot, since a busy listener and a dead one both
/// refuse. Under the lock the node is removed, if it is a socket, and bound anew with its mode before listen(2).
package final class SocketListener: ReceivingSide, ReadinessHandler {
  package let kind = TransportKind.socket
  let reactor: Reactor
  let settings: Settings
  let readBuffer = ReadBuffer()
  let sink: any MessageSink
  /// What is asked about peers; a change holds for connections from then on.
  package var attestation = Attestation.usersOnly {
    didSet { if listener != nil { applyAttestation() } }
  }
  package var lookUp = PeerLookUp()
  /// Serves connections whose peers speak HTTP; nil where they are not served so.
  package var http: HTTPDaemon?
  var programs: ProgramDesk?
  let directory: Directory
  var listener: OwnedDescriptor?
  var registration: Reactor.Registration?
  var lock: OwnedDescriptor?
  var node: FileStatus.Identity?
  var connections: ConnectionTable
  /// Memory for replies that the connection whose turn it is writes into, so that no connection keeps its own.
  var spareOutput: [UInt8] = []
  /// Made by a service manager, whose node it is: never removed here.
  package internal(set) var isInherited = false
  var isParked = false
  var nodeWatch: TimerQueue.Ticket?
  /// What was last said about the node, so that it is said once.
  var nodeComplaint: String?
  /// Called with a sentence when the node was lost and has been bound anew.
  package var rebound: (String) -> Void = { _ in }

  package init(directory: consuming Directory, settings: Settings, reactor: Reactor, sink: any MessageSink) {
    self.directory = directory
    self.settings = settings
    self.reactor = reactor
    self.sink = sink
    connections = ConnectionTable(settings)
  }

  /// Pause after a connection could not be accepted for want of descriptors or memory, in nanoseconds.
  private static let shortage: Int64 = 100_000_000
  /// Said once, until everybody who waited is in.
  private var isShort = false

  /// How long the lock of a server that was killed may take to go, in nanoseconds.
  private static let lockPatience: Int64 = 300_000_000

  var path: String { "\(directory.path)/\(settings.name)" }
  package var connectionCount: Int { connections.count }
  /// Bytes that are kept for all peers.
  package var keptBytes: Int { connections.keptBytes }
  package var spareOutputCapacity: Int { spareOutput.capacity }
  package var isIdle: Bool { connections.isEmpty }

  package func open() throws(TransportFailure) {
    guard listener == nil else { return }
    do throws(Errno) {
      let held = try takeLock()
      guard let held else { throw Errno.addressInUse }
      lock = consume held
      if let found = try directory.status(of: settings.name) {
        guard found.kind == .socket else {
          lock = nil
          throw Errno.exists
        }
        try directory.unlink(settings.name)
      }
      try listen(
        on: try UnixSocket.listen(in: directory, name: settings.name, mode: settings.mode, owner: settings.owner))
    } catch {
      lock = nil
      switch error {
      case .addressInUse:
        throw TransportFailure(
          .busy, "another server holds \(path); stop it first, or see who it is with: fuser \(path)")
      case .exists:
        throw TransportFailure(.unsafePath, "\(path) is not a socket; move it away, sluice removes nothing foreign")
      case .nameTooLong:
        throw TransportFailure(.failed, "\(path): the socket's name is too long")
      default: throw TransportFailure(error, doing: "listen on", path: path)
      }
    }
  }

  private func applyAttestation() {
    // Borrowed where it stands: a descriptor has one owner.
    if let raw = try? listener?.duplicate() { applyAttestation(to: raw) }
  }

  /// Accepts from a listener whose node stands in the directory.
  func listen(on bound: consuming OwnedDescriptor) throws(Errno) {
    node = try directory.status(of: settings.name)?.identity
    bound.refuseDescriptors()
    applyAttestation(to: bound)
    registration = try reactor.register(bound, for: .read, handler: self)
    listener = consume bound
    watchNode()
  }

  func takeLock() throws(Errno) -> OwnedDescriptor? {
    let file = try directory.open(".\(settings.name).lock", .readWriteCreating(mode: 0o600))
    // The handler that a killed server was just starting shares its descriptors until it is executed.
    guard try file.lockExclusive(before: Clock.monotonic + Self.lockPatience) else { return nil }
    return file
  }

  package func ready(_ readiness: Readiness) {
    // A bounded number a turn, so that a storm of connections does not starve those that are there.
    for _ in 0..<64 {
      do throws(Errno) {
        guard let accepted = try acceptOne() else {
          if isShort { sink.noticed("\(path): connections are accepted again") }
          isShort = false
          return
        }
        adopt(accepted)
      } catch {
        switch error {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .noMemory: backOff(error)
        default: break  // the connection is gone already; the next one may be fine
        }
        return
      }
    }
  }

  func acceptOne() throws(Errno) -> OwnedDescriptor? {
    guard listener != nil else { return nil }
    return try listener?.accept() ?? nil
  }

  private func backOff(_ error: Errno) {
    guard let registration else { return }
    if !isShort {
      let text = "\(path): cannot accept connections: \(error); they wait until there is room"
      sink.limited(LimitHit(.descriptors, uid: nil, text))
    }
    isShort = true
    try? reactor.update(registration, for: [])
    reactor.schedule(after: Self.shortage) { [weak self] in
      guard let self, let current = self.registration, current == registration else { return }
      try? self.reactor.update(registration, for: .read)
      // Asked for at once: with no descriptor free, accept(2) says so of an empty queue too, and nothing would wake us.
      self.ready(.read)
    }
  }

  /// - Parameter carried: what another process had of the conversation, which goes on here.
  func adopt(_ descriptor: consuming OwnedDescriptor, carrying carried: CarriedConversation? = nil) {
    let now = reactor.turnTime
    if carried == nil, let uid = try? descriptor.peerUser(), connections.isMuted(uid, now: now) {
      sink.limited(LimitHit(.connections, uid: uid, "too many connections of uid \(uid)"))
      return
    }
    guard let credentials = identify(descriptor) else { return }
    let principal = Principal(
      attestation: .kernel, uid: credentials.uid, gid: credentials.gid, groups: credentials.groups,
      pid: credentials.pid)
    let uid = credentials.uid
    let isStranger = sink.isStranger(principal)
    // Whoever was let in by the process before stays in, whatever the shares say now.
    let refusal =
      carried == nil ? connections.takePlace(for: uid, isStranger: isStranger, now: now) : nil
    let watch = refusal == nil && !isStranger ? watch(descriptor, credentials) : nil
    let connection = SocketConnection(
      descriptor, principal: principal, watch: watch, isStranger: isStranger, listener: self)
    if let carried {
      connections.keepPlace(for: uid, isStranger: isStranger)
      connection.take(carried)
      if !carried.input.bytes.isEmpty { watch?.wasCarried() }
    }
    if let refusal {
      if connections.mayAnswer(uid, isStranger: isStranger, now: now) { connection.refuse(refusal) }
      sink.limited(LimitHit(isStranger ? .strangers : .connections, uid: uid, refusal.reason))
      return
    }
    // Counted first: what the sink wrote or wished may end it at once.
    connections.insert(connection)
    attest(connection) { [self] in admit(connection) }
  }

  private func admit(_ connection: SocketConnection) {
    guard !connection.isEnded else { return }
    connection.identified()
    guard let session = sink.opened(connection) else {
      connection.flushAndForget()
      connection.end()
      return
    }
    do throws(Errno) { try connection.begin(session) } catch {
      sink.noticed("\(path): cannot watch a connection: \(error)")
      connection.end()
    }
  }

  func ended(_ connection: SocketConnection) { connections.remove(connection) }
  func keep(_ difference: Int, for uid: UInt32) -> Bool { connections.keep(difference, for: uid) }
  func bufferRoom(for uid: UInt32) -> Int { connections.bufferRoom(for: uid) }

  deinit { if let nodeWatch { reactor.cancel(nodeWatch) } }

  package func close(removingObjects: Bool) {
    if let registration { reactor.remove(registration) }
    registration = nil
    if let nodeWatch { reactor.cancel(nodeWatch) }
    nodeWatch = nil
    // Removed before the lock is released, and only if it is the node that we made.
    if removingObjects, !isInherited, let node, ((try? directory.status(of: settings.name)) ?? nil)?.identity == node {
      try? directory.unlink(settings.name)
    }
    // Whoever waits in the queue has connected, and has perhaps sent: dropping it would be a reset.
    // A service manager goes on listening: there they wait for the next server.
    while !isInherited, let waiting = try? acceptOne() { adopt(waiting) }
    node = nil
    listener = nil
    lock = nil
  }

  /// Ends every conversation once what it has sent is answered and its replies are out.
  package func finishConversations() { for connection in connections.all { connection.leave() } }
  /// Ends every conversation now.
  package func dropConversations() { for connection in connections.all { connection.end() } }
}
