package import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
package import SluiceTransports
internal import SluiceWire

/// A running channel: its transports, its pipeline, its record, and its orderly end.
package final class Server {
  package struct Options {
    /// Opens the transports of this phase instead of the recorded one, for trials without a migration.
    package var phase: Phase?
    /// Where a reload reads the channel file; nil where there is none.
    package var source: ChannelSource?
    /// Takes over from the server that runs, if one does.
    package var takesOver = false
    /// The service manager's socket, where it passed one.
    package var activated: ActivatedSocket?
    /// Where the service's own lines go.
    package var log: @Sendable (String) -> Void
    /// Answers instead of what the channel file names, where the server is part of another program.
    var handler: (@Sendable (ChannelRequest) -> ChannelReply)?
    /// The channel file's path, whose directory stays readable.
    package var channelFile: String?

    package init(
      phase: Phase? = nil, channelFile: String? = nil, source: ChannelSource? = nil, takesOver: Bool = false,
      activated: ActivatedSocket? = nil, log: @escaping @Sendable (String) -> Void
    ) {
      self.phase = phase
      self.channelFile = channelFile
      self.source = source
      self.activated = activated
      self.takesOver = takesOver
      self.log = log
    }
  }

  /// A drain waits this long for calls and replies, in nanoseconds.
  static let drainLimit: Int64 = 10_000_000_000
  static let noticesKept = 20
  /// Descriptors besides those of connections: logs, database, locks, watches, and handlers' pipes.
  private static let ownDescriptors = 128

  /// As it was read last.
  var channel: ChannelFile
  let layout: ChannelLayout
  let options: Options
  let identity: ChannelIdentity
  /// Kept for its lock.
  let parts: ServerParts
  let reactor: Reactor
  let signals: SignalReceiver
  let recorder: Recorder
  let pipeline: Pipeline
  var transports: TransportSet
  var control: SocketListener?
  var controlDesk: ControlDesk?
  let quarantineDesk: QuarantineDesk
  var relay: SocketListener?
  var relayDesk: RelayDesk?
  var reloading: Reload?
  /// Of what the channel file meant when it was read last.
  var digest: String
  /// The next reload only makes sure that nothing was missed.
  var isMakingSure = false
  var phase: Phase
  var generation: Int64
  var notices: [String] = []
  var limits: LimitDesk?
  var isDraining = false
  var handoverGiver: HandoverGiver?
  var isHandedOver = false
  var failure: ServiceFailure?

  /// Prepares everything up to the moment before anybody can connect. Signals are blocked here, so this comes before
  /// any other thread.
  package init(channel: ChannelFile, layout: ChannelLayout, options: Options) throws(ServiceFailure) {
    self.channel = channel
    self.layout = layout
    self.options = options
    SignalReceiver.ignoreHarmless()
    Process.setFileCreationMask(0o077)
    Process.raiseOpenFilesLimit()
    identity = try ChannelIdentity(channel)
    do throws(Errno) { signals = try SignalReceiver([.terminate, .interrupt, .hangUp]) } catch {
      throw ServiceFailure(.failed, "cannot receive signals: \(error)")
    }
    let policy = try ChannelPolicy.resolve(channel, identity)
    digest = ChannelPolicy.digest(channel, policy)
    let parts = try ServerParts(
      channel: channel, layout: layout, identity: identity, policy: policy, options: options)
    self.parts = parts
    reactor = parts.reactor
    recorder = parts.recorder
    pipeline = parts.pipeline
    quarantineDesk = QuarantineDesk(pipeline: parts.pipeline)
    phase = options.phase ?? parts.taken?.state.phase ?? parts.phase
    generation = parts.generation
    transports = TransportSet(
      channel: channel, layout: layout, identity: identity, reactor: reactor, sink: pipeline,
      sight: parts.looker)
    if let http = parts.http {
      transports.http = http
      do throws(Errno) { try http.attach(to: reactor) } catch {
        throw ServiceFailure(.failed, "cannot serve HTTP: \(error)")
      }
    }
    if let activated = options.activated {
      try activated.check(channel, layout, identity)
      transports.inheritedSocket = activated.listener
    }
    try connectParts()
    useAttestation(of: policy)
    warn(about: policy)
    try prepareReload()
  }

  func connectParts() throws(ServiceFailure) {
    for problem in parts.sandbox.problems { notice("sandbox: \(problem)") }
    parts.starter.lost = { [unowned self] in
      // Every further message would fail: a server that the service manager starts anew can handle them.
      reactor.schedule(after: 0) { [weak self] in
        guard let self, !self.isDraining else { return }
        self.failure = ServiceFailure(.failed, "the process that starts handlers is gone; start the server again")
        self.drain()
      }
    }
    let limits = LimitDesk(reactor: reactor, recorder: recorder) { [unowned self] in notice($0) }
    self.limits = limits
    pipeline.tellLimit = { limits.take($0) }
    pipeline.health = { [unowned self] in health() }
    pipeline.metrics = { [unowned self] in metrics() }
    transports.rebound = { [unowned self] in recordChange("rebound", "path", $0) }
    if let taken = parts.taken {
      transports.goesOn = true
      transports.use(handed: taken.listener(layout.names.socket))
    }
    pipeline.noticed = { [unowned self] in notice($0) }
    let (replies, identity) = (layout.repliesDirectory, identity)
    pipeline.answerDrop = { line, token, owner in
      do throws(UnsafePath) {
        return ReplyFIFO.answer(line, token: token, in: try identity.directory(replies), owner: owner)
      } catch { return error.description }
    }
    if let body = options.handler {
      do throws(Errno) {
        pipeline.use(try EmbeddedHandler(reactor: reactor, reader: pipeline.reader, body: body))
      } catch { throw ServiceFailure(.failed, "cannot start the handler's thread: \(error)") }
      return
    }
    pipeline.use(makeHandler())
  }

  // MARK: Life

  /// Opens everything, calls `ready`, and serves until a signal ends it.
  package func run(ready: () -> Void) throws(ServiceFailure) {
    do throws(TransportFailure) {
      if let taken = parts.taken {
        do throws(ServiceFailure) { try take(taken) } catch { throw TransportFailure(error.kind, error.description) }
      } else {
        try openDesks()
        for kind in phase.openTransports where !parts.givenUp.contains(kind) { try transports.open(kind) }
        try transports.finishLeftovers()
        try publishEndpoint()
      }
    } catch  where parts.taken != nil {
      // The node, the queue and the lock are still the other server's.
      throw ServiceFailure(error)
    } catch {
      transports.closeAll()
      control?.close(removingObjects: true)
      relay?.close(removingObjects: true)
      throw ServiceFailure(error)
    }
    checkOpenFiles()
    recorder.note("started") { line in
      line.member("channel", channel.name.rawValue)
      line.member("pid", Int64(Process.identifier))
      line.member("phase", phase.name)
      line.member("digest", digest)
      if let taken = parts.taken { line.member("from", taken.state.pid) }
    }
    recorder.watchFile(at: "\(layout.logDirectory)/audit.jsonl") { [unowned self] in notice($0) }
    do throws(Errno) {
      _ = try reactor.register(
        signals.descriptor, for: .read, handler: SignalHandler { [unowned self] in takeSignals() })
      ready()
      if let trouble = ServiceNotification.ready() { notice(trouble) }
      // The other server may have taken a change over since this one read the file.
      if parts.taken != nil, reloading != nil {
        isMakingSure = true
        reload()
      }
      try reactor.run()
    } catch { throw ServiceFailure(.failed, "the event loop failed: \(error)") }
    guard !isHandedOver else { return }
    limits?.tell()
    recorder.note("stopped") { line in line.member("channel", channel.name.rawValue) }
    recorder.close()
    reloading?.end()
    if let failure { throw failure }
  }

  func openDesks() throws(TransportFailure) {
    let controlDesk = ControlDesk(user: identity.user, noticed: { [unowned self] in notice($0) }) {
      [unowned self] in answer($0, $1)
    }
    controlDesk.handOver = { [unowned self] in beginHandover($0) }
    self.controlDesk = controlDesk
    control = try desk(layout.names.controlSocket, controlDesk, owner: identity.owner)
    let relayDesk = RelayDesk(
      pipeline: pipeline, relayUser: identity.relayUser, paths: [layout.legacyInput, layout.legacyBad],
      keepsReplies: layout.legacyReply != nil, isHoldWanted: phase.leavesDrops
    ) { [unowned self] in notice($0) }
    self.relayDesk = relayDesk
    if layout.standsInWithFIFO {
      relayDesk.standIn = StandInKeeper(
        path: layout.legacyInput, owners: [0, identity.user, identity.relayUser], reactor: reactor
      ) { [unowned self] in notice($0) }
    }
    let owner =
      identity.relayUser == Process.effectiveUser ? nil : Owner(uid: identity.relayUser, gid: Process.effectiveGroup)
    relay = try desk(layout.names.relaySocket, relayDesk, owner: Process.effectiveUser == 0 ? owner : nil)
  }

  func desk(_ name: String, _ sink: any MessageSink, owner: Owner?) throws(TransportFailure) -> SocketListener {
    let listener = SocketListener(
      directory: try transports.runtimeDirectory(),
      settings: SocketListener.Settings(
        name: name, mode: 0o600, owner: owner, messageLimit: channel.limits.message.bytes + 65536,
        outputBound: 4 << 20, connectionLimit: 64), reactor: reactor, sink: sink)
    listener.rebound = { [unowned self] in recordChange("rebound", "path", $0) }
    if let handed = parts.taken?.listener(name) { try listener.open(adopting: handed) } else { try listener.open() }
    return listener
  }

  /// Says when the system allows fewer open files than the connections that the channel file allows.
  private func checkOpenFiles() {
    // A connection over HTTP has two: the library's own, and ours.
    let wanted = channel.limits.connections * (channel.socket.http ? 2 : 1) + Self.ownDescriptors
    let allowed = Process.openFilesLimit
    guard wanted > allowed else { return }
    notice(
      "limits.connections is \(channel.limits.connections), but this process may open \(allowed) files only: beyond "
        + "that, clients wait to be let in; raise the hard limit (LimitNOFILE=\(wanted)) or lower the setting")
  }

  func publishEndpoint() throws(TransportFailure) {
    let file = EndpointFile(
      channel: channel.name.rawValue, phase: phase, messageLimit: channel.limits.message.bytes, layout: layout)
    let directory = try transports.runtimeDirectory()
    do throws(Errno) {
      try directory.replaceFile(
        layout.names.endpoint, with: Array(file.text.utf8), mode: identity.group == nil ? 0o600 : 0o640)
      if let owner = identity.owner {
        try directory.setOwner(of: layout.names.endpoint, uid: owner.uid, gid: owner.gid)
      }
    } catch { throw TransportFailure(error, doing: "write", path: layout.endpoint) }
  }

  func notice(_ text: String) {
    options.log(text)
    notices.append(text)
    if notices.count > Self.noticesKept { notices.removeFirst() }
  }
}
