internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// What a server is put together from: directories made and checked, state opened, the ledger brought up to date.
final class ServerParts {
  let reactor: Reactor
  let recorder: Recorder
  let pipeline: Pipeline
  let phase: Phase
  let generation: Int64
  /// Transports that were retired with the legacy path.
  let givenUp: Set<TransportKind>
  let starter: ProgramStarter
  let looker: ProcessLooker
  /// Where the channel file asks for HTTP.
  let http: HTTPDaemon?
  let sandbox: SandboxReport
  private let lock: ServiceLock
  /// What came from the server that ran before, if this one took over from it.
  let taken: HandoverTaker?
  var lockDescriptor: Int32 { lock.descriptor }

  init(
    channel: ChannelFile, layout: ChannelLayout, identity: ChannelIdentity, policy: Policy, options: Server.Options
  ) throws(ServiceFailure) {
    let log = options.log
    if channel.paths.privateRuntime, try PrivateRuntime.prepare(layout, identity) {
      log("mounted a tmpfs of its own on \(layout.runtimeDirectory); it stays when this server ends")
    }
    if !channel.socket.allowAnyone { try Self.checkGate(layout, identity) }
    do throws(UnsafePath) { try Self.makeDirectories(layout, identity) } catch {
      throw ServiceFailure(TransportFailure(error))
    }
    try Self.becomeUser(identity)
    // In this order, and before the first thread: handlers are started by a process that is outside the sandbox.
    try Sandbox.begin(channel.sandbox)
    do throws(Errno) { starter = try HandlerVariables.starter(channel) } catch {
      throw ServiceFailure(.failed, "cannot start the process that starts handlers: \(error)")
    }
    // Outside as well: from inside nobody sees what another process runs. For rules that a reload may bring, too.
    do throws(Errno) { looker = try ProcessLooker() } catch {
      throw ServiceFailure(.failed, "cannot start the process that looks at programs: \(error)")
    }
    // Loaded from where the sandbox may not let anything be loaded from.
    http = channel.socket.http ? try HTTPDaemon() : nil
    sandbox = try Sandbox.enter(
      .server(
        layout, channelFile: options.channelFile, isRoot: Process.effectiveUser == 0,
        runsPrograms: channel.handler.command != nil,
        inbox: channel.handler.kind == .fileDrop ? layout.handlerPath : nil), channel.sandbox)
    // Before anything that a running server owns is so much as opened.
    taken =
      options.takesOver
      ? try HandoverTaker.take(
        SocketSender(
          directory: layout.runtimeDirectory, name: layout.names.controlSocket, patience: 5_000_000_000,
          trust: ServerTrust(user: identity.user, group: identity.group))) : nil
    if let held = taken?.serviceLock() {
      do throws(Errno) { lock = try ServiceLock(adopting: held) } catch {
        throw ServiceFailure(TransportFailure(error, doing: "take over", path: "\(layout.stateDirectory)/serve.lock"))
      }
    } else {
      lock = try Self.takeLock(layout, identity)
    }
    do throws(StoreFailure) {
      let state = try State(path: layout.database)
      try state.beginSums()
      phase = Phase(rawValue: try state.phase()) ?? .fileDrop
      generation = try state.generation()
      givenUp = phase == .retired ? Set(try state.givenUp().compactMap { TransportKind(rawValue: $0) }) : []
      var known = try state.outcomes()
      do throws(Errno) {
        let logs = try Self.checked(layout.logDirectory, identity)
        let name = "audit.jsonl"
        let audit = try AuditLog(in: logs, name: name, mode: channel.audit.mode.rawValue)
        let files = try AuditFiles(in: logs, name: name)
        let taken: Int
        let account: [LedgerEntry]
        do throws(StoreFailure) {
          taken = try LedgerReplay.run(files, end: audit.position, state: state, known: &known)
          account = try state.ledger()
        } catch { throw Errno.io }
        if taken > 0 { log("took \(taken) records of a killed server into the ledger") }
        StopPoint.serverRecovered.pass()
        reactor = try Reactor()
        recorder = try Recorder(
          audit: audit, state: state, known: known, generation: generation, account: account,
          settings: channel.audit, reactor: reactor)
        let quarantine = try QuarantineStore(
          Self.checked(layout.quarantineDirectory, identity), limit: channel.relay.quarantine.bytes)
        pipeline = Pipeline(
          settings: Pipeline.Settings(
            policy: policy,
            rate: channel.limits.rate.map { (Int64($0.count), $0.period.nanoseconds) },
            messageLimit: channel.limits.message.bytes, callLimit: channel.limits.calls,
            reservedUsers: [0, identity.user]), reader: MessageReader(), recorder: recorder,
          canaries: Canaries(), quarantine: quarantine, reactor: reactor)
      } catch { throw StoreFailure(path: layout.logDirectory, doing: "open the audit log", text: "\(error)", code: 0) }
    } catch { throw ServiceFailure(error.isBusy ? .busy : .failed, error.description) }
  }

  /// A server that root starts for a user of the channel's is that user from here on.
  private static func becomeUser(_ identity: ChannelIdentity) throws(ServiceFailure) {
    guard Process.effectiveUser == 0, identity.user != 0, let owner = identity.owner else { return }
    do throws(Errno) { try Process.become(owner.uid, gid: owner.gid) } catch {
      throw ServiceFailure(.failed, "cannot become uid \(owner.uid): \(error)")
    }
  }

  private static func takeLock(_ layout: ChannelLayout, _ identity: ChannelIdentity) throws(ServiceFailure)
    -> ServiceLock
  {
    var holder = ""
    do throws(Errno) {
      let state = try checked(layout.stateDirectory, identity)
      let file = try ServiceLock.open(in: state, name: "serve.lock")
      if let lock = try ServiceLock.take(file, holder: &holder) { return lock }
    } catch {
      let path = "\(layout.stateDirectory)/serve.lock"
      guard error != .invalid else { throw ServiceFailure(.unsafePath, ServiceLock.foreign(path)) }
      throw ServiceFailure(TransportFailure(error, doing: "lock", path: path))
    }
    throw ServiceFailure(
      .busy, "another server (\(holder)) serves this channel, or is still draining; stop it, or wait for its end")
  }

  /// A directory that was made and checked at the beginning, checked again on the way to what is in it.
  private static func checked(_ path: String, _ identity: ChannelIdentity) throws(Errno) -> Directory {
    do throws(UnsafePath) { return try identity.directory(path) } catch {
      if case .system(let error) = error.reason { throw error }
      throw Errno.permissionDenied
    }
  }

  private static func makeDirectories(_ layout: ChannelLayout, _ identity: ChannelIdentity) throws(UnsafePath) {
    try identity.make(layout.runtimeDirectory, mode: identity.directoryMode)
    for path in [layout.stateDirectory, layout.logDirectory, layout.spoolDirectory, layout.quarantineDirectory] {
      try identity.make(path, mode: 0o700)
    }
    try identity.make(layout.repliesDirectory, mode: identity.group == nil ? 0o700 : 0o2770)
  }

  /// The runtime directory is the gate of the run-file and of the FIFO, which know nobody.
  private static func checkGate(_ layout: ChannelLayout, _ identity: ChannelIdentity) throws(ServiceFailure) {
    // One that is absent is made with its mode, and what is wrong with the path is told where it is made.
    guard let mode = try? checked(layout.runtimeDirectory, identity).descriptor.status().mode else { return }
    guard mode & 0o007 != 0 else { return }
    let (found, wanted) = (String(mode, radix: 8), String(identity.directoryMode, radix: 8))
    throw ServiceFailure(
      .unsafePath,
      "everybody may enter \(layout.runtimeDirectory) (mode 0\(found)): chmod 0\(wanted) \(layout.runtimeDirectory)"
        + " (under a service manager RuntimeDirectoryMode=0\(wanted)), or set socket.allowAnyone")
  }
}
