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
    /// Takes over from the server that runs, if one does.
    package var takesOver = false
    /// The service manager's socket, where it passed one.
    package var activated: ActivatedSocket?
    /// Where the service's own lines go.
    package var log: @Sendable (String) -> Void

    package init(
      phase: Phase? = nil, takesOver: Bool = false, activated: ActivatedSocket? = nil,
      log: @escaping @Sendable (String) -> Void
    ) {
      self.phase = phase
      self.activated = activated
      self.takesOver = takesOver
      self.log = log
    }
  }

  /// A drain waits this long for calls and replies, in nanoseconds.
  static let drainLimit: Int64 = 10_000_000_000
  static let noticesKept = 20

  let channel: ChannelFile
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
  var relay: SocketListener?
  var relayDesk: RelayDesk?
  var phase: Phase
  var generation: Int64
  var notices: [String] = []
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
    let parts = try ServerParts(
      channel: channel, layout: layout, identity: identity, takesOver: options.takesOver, log: options.log)
    self.parts = parts
    reactor = parts.reactor
    recorder = parts.recorder
    pipeline = parts.pipeline
    phase = options.phase ?? parts.taken?.state.phase ?? parts.phase
    generation = parts.generation
    transports = TransportSet(
      channel: channel, layout: layout, identity: identity, reactor: reactor, sink: pipeline)
    if let activated = options.activated {
      try activated.check(channel, layout, identity)
      transports.inheritedSocket = activated.listener
    }
    connectParts()
  }

  func connectParts() {
    transports.rebound = { [unowned self] in recordChange("rebound", "path", $0) }
    if let taken = parts.taken {
      transports.goesOn = true
      let handed = taken.listener(layout.names.socket)
      transports.handedSocket = handed
      if let handed, handed.isInherited { transports.inheritedSocket = (try? handed.listener.duplicate()) ?? nil }
    }
    pipeline.noticed = { [unowned self] in notice($0) }
    let (replies, identity) = (layout.repliesDirectory, identity)
    pipeline.answerDrop = { line, token, owner in
      do throws(UnsafePath) {
        return ReplyFIFO.answer(line, token: token, in: try identity.directory(replies), owner: owner)
      } catch { return error.description }
    }
    switch channel.handler {
    case .builtin:
      pipeline.use(BuiltinHandler { [unowned self] in publicStatus() })
    case .exec(let exec):
      pipeline.use(
        ProgramHandler(
          settings: ProgramHandler.Settings(
            program: exec.program.rawValue, arguments: exec.arguments, concurrency: exec.concurrency,
            deadline: exec.deadline.nanoseconds, outputLimit: exec.output.bytes, channel: channel.name.rawValue),
          reactor: reactor, reader: pipeline.reader
        ) { [unowned self] in notice($0) })
    }
  }

  // MARK: Life

  /// Opens everything, calls `ready`, and serves until a signal ends it.
  package func run(ready: () -> Void) throws(ServiceFailure) {
    do throws(TransportFailure) {
      if let taken = parts.taken {
        do throws(ServiceFailure) { try take(taken) } catch { throw TransportFailure(error.kind, error.description) }
      } else {
        try openDesks()
        for kind in phase.openTransports { try transports.open(kind) }
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
    recorder.note("started") { line in
      line.member("channel", channel.name.rawValue)
      line.member("pid", Int64(Process.identifier))
      line.member("phase", phase.name)
      if let taken = parts.taken { line.member("from", taken.state.pid) }
    }
    do throws(Errno) {
      _ = try reactor.register(
        signals.descriptor, for: .read, handler: SignalHandler { [unowned self] in takeSignals() })
      ready()
      if let trouble = ServiceNotification.ready() { notice(trouble) }
      try reactor.run()
    } catch { throw ServiceFailure(.failed, "the event loop failed: \(error)") }
    guard !isHandedOver else { return }
    recorder.note("stopped") { line in line.member("channel", channel.name.rawValue) }
    recorder.close()
    if let failure { throw failure }
  }

  func openDesks() throws(TransportFailure) {
    let controlDesk = ControlDesk(user: identity.user, noticed: { [unowned self] in notice($0) }) {
      [unowned self] in answer($0)
    }
    controlDesk.handOver = { [unowned self] in beginHandover($0) }
    self.controlDesk = controlDesk
    control = try desk(layout.names.controlSocket, controlDesk, owner: identity.owner)
    let relayDesk = RelayDesk(
      pipeline: pipeline, relayUser: identity.relayUser, isHoldWanted: phase == .fileDrop
    ) { [unowned self] in notice($0) }
    self.relayDesk = relayDesk
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
