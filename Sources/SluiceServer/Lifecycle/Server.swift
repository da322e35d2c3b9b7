package import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
package import SluiceTransports
internal import SluiceWire

/// A running channel: its transports, its pipeline, its record, and its orderly end.
package final class Server {
  package struct Options: Sendable {
    /// Opens the transports of this phase instead of the recorded one, for trials without a migration.
    package var phase: Phase?
    /// Where the service's own lines go.
    package var log: @Sendable (String) -> Void

    package init(phase: Phase? = nil, log: @escaping @Sendable (String) -> Void) {
      self.phase = phase
      self.log = log
    }
  }

  /// A drain waits this long for calls and replies, in nanoseconds.
  private static let drainLimit: Int64 = 10_000_000_000
  private static let noticesKept = 20

  private let channel: ChannelFile
  private let layout: ChannelLayout
  private let options: Options
  private let identity: ChannelIdentity
  /// Kept for its lock.
  private let parts: ServerParts
  private let reactor: Reactor
  private let signals: SignalReceiver
  private let recorder: Recorder
  private let pipeline: Pipeline
  private var transports: TransportSet
  private var control: SocketListener?
  private var controlDesk: ControlDesk?
  private var relay: SocketListener?
  private var relayDesk: RelayDesk?
  private var phase: Phase
  private var generation: Int64
  private var notices: [String] = []
  private var isDraining = false
  private var failure: ServiceFailure?

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
    let parts = try ServerParts(channel: channel, layout: layout, identity: identity, log: options.log)
    self.parts = parts
    reactor = parts.reactor
    recorder = parts.recorder
    pipeline = parts.pipeline
    phase = options.phase ?? parts.phase
    generation = parts.generation
    transports = TransportSet(
      channel: channel, layout: layout, identity: identity, reactor: reactor, sink: pipeline)
    connectParts()
  }

  private func connectParts() {
    pipeline.noticed = { [unowned self] in notice($0) }
    let replies = layout.repliesDirectory
    pipeline.answerDrop = { line, token, owner in
      do throws(Errno) {
        return ReplyFIFO.answer(line, token: token, in: try Directory.open(replies), owner: owner)
      } catch { return "\(replies): \(error)" }
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
      try openDesks()
      for kind in phase.openTransports { try transports.open(kind) }
      try publishEndpoint()
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
    }
    do throws(Errno) {
      _ = try reactor.register(
        signals.descriptor, for: .read, handler: SignalHandler { [unowned self] in takeSignals() })
      ready()
      if let trouble = ServiceNotification.ready() { notice(trouble) }
      try reactor.run()
    } catch { throw ServiceFailure(.failed, "the event loop failed: \(error)") }
    recorder.note("stopped") { line in line.member("channel", channel.name.rawValue) }
    recorder.close()
    if let failure { throw failure }
  }

  private func openDesks() throws(TransportFailure) {
    let controlDesk = ControlDesk(user: identity.user, noticed: { [unowned self] in notice($0) }) {
      [unowned self] in answer($0)
    }
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

  private func desk(_ name: String, _ sink: any MessageSink, owner: Owner?) throws(TransportFailure) -> SocketListener {
    let listener = SocketListener(
      directory: try transports.runtimeDirectory(),
      settings: SocketListener.Settings(
        name: name, mode: 0o600, owner: owner, messageLimit: channel.limits.message.bytes + 65536,
        outputBound: 4 << 20, connectionLimit: 64), reactor: reactor, sink: sink)
    try listener.open()
    return listener
  }

  private func publishEndpoint() throws(TransportFailure) {
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

  // MARK: Control

  private func answer(_ request: ControlRequest) -> [UInt8] {
    do throws(TransportFailure) {
      switch request {
      case .status:
        recorder.flushNow()
        return status().json
      case .open(let kind):
        try transports.open(kind)
        relayDesk?.remind()
        recordChange("transport-opened", "transport", kind.rawValue)
      case .close(let kind, let removing):
        transports.close(kind, removingObjects: removing)
        recordChange("transport-closed", "transport", kind.rawValue)
      case .phase(let new, let number):
        phase = new
        generation = number
        recorder.begin(generation: number)
        try publishEndpoint()
        recordChange("phase", "phase", new.name)
      case .relay(let holding):
        relayDesk?.want(hold: holding)
        recordChange("relay", "duty", holding ? "hold" : "claim")
      case .expect(let tokens): pipeline.canaries.expect(tokens)
      case .seen(let tokens): return sightings(tokens)
      }
      return Array(#"{"ok":true}"#.utf8)
    } catch {
      var json = JSONWriter()
      json.beginObject()
      json.member("error", error.text)
      json.endObject()
      return json.bytes
    }
  }

  private func sightings(_ tokens: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.beginObject("canaries")
    for token in tokens {
      json.beginObject(named: token)
      for (kind, count) in pipeline.canaries.sightings(of: token) { json.member(named: kind.rawValue, Int64(count)) }
      json.endObject()
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }

  private func recordChange(_ event: StaticString, _ key: StaticString, _ value: String) {
    recorder.note(event) { line in line.member(key, value) }
  }

  private func status() -> ServerStatus {
    var status = ServerStatus()
    status.channel = channel.name.rawValue
    status.pid = Int64(Process.identifier)
    status.phase = phase.rawValue
    status.generation = generation
    status.isDraining = isDraining
    status.transports = transports.open
    status.connections = transports.connectionCount
    status.inFlight = pipeline.inFlight
    if let session = relayDesk?.session, session.conversation != nil {
      status.isRelayConnected = true
      status.isRelayHolding = session.isHolding
      status.relayPending = session.pending
    }
    for kind in TransportKind.allCases {
      let total = recorder.totals[kind]
      guard !total.isEmpty else { continue }
      status.routes.append(
        ServerStatus.Route(
          kind: kind, accepted: total.accepted, handled: total.handled, failed: total.failed, rejected: total.rejected,
          quarantined: total.quarantined))
    }
    status.trouble = recorder.trouble
    status.notices = notices
    return status
  }

  /// What any caller may know: the builtin handler's `status`.
  private func publicStatus() -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("channel", channel.name.rawValue)
    json.member("phase", phase.name)
    json.member("draining", isDraining)
    json.endObject()
    return json.bytes
  }

  private func notice(_ text: String) {
    options.log(text)
    notices.append(text)
    if notices.count > Self.noticesKept { notices.removeFirst() }
  }

  // MARK: End

  private final class SignalHandler: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  private func takeSignals() {
    while let signal = try? signals.next() {
      switch signal {
      case .terminate, .interrupt: drain()
      case .hangUp: notice("the channel file is read at start: restart to use a changed one")
      case .childEnded: break
      }
    }
  }

  /// Stops arrivals, answers what is there, and ends; a second signal ends at once.
  private func drain() {
    guard !isDraining else {
      notice("ending at once: a second signal came during the drain")
      reactor.stop()
      return
    }
    isDraining = true
    ServiceNotification.stopping()
    pipeline.drain()
    transports.closeAll()
    relay?.close(removingObjects: true)
    relay?.finishConversations()
    control?.close(removingObjects: true)
    waitForDrain(until: Clock.monotonic + Self.drainLimit)
  }

  private func waitForDrain(until deadline: Int64) {
    recorder.settle()
    if pipeline.inFlight == 0, transports.connectionCount == 0, recorder.isSettled {
      reactor.stop()
      return
    }
    guard Clock.monotonic < deadline else {
      notice(
        "the drain took over 10 s: ending \(pipeline.inFlight) calls and \(transports.connectionCount) connections")
      pipeline.stopHandler()
      transports.dropConversations()
      failure = ServiceFailure(.busy, "the drain took over 10 s; what was cut off is in the audit log or in quarantine")
      reactor.stop()
      return
    }
    reactor.schedule(after: 5_000_000) { [weak self] in self?.waitForDrain(until: deadline) }
  }
}
