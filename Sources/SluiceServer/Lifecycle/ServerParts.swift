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
  let lock: ServiceLock

  init(
    channel: ChannelFile, layout: ChannelLayout, identity: ChannelIdentity, log: @escaping @Sendable (String) -> Void
  ) throws(ServiceFailure) {
    do throws(UnsafePath) { try Self.makeDirectories(layout, identity) } catch {
      throw ServiceFailure(TransportFailure(error))
    }
    lock = try ServiceLock.take("server", in: layout.stateDirectory)
    do throws(StoreFailure) {
      let state = try State(path: layout.database)
      phase = Phase(rawValue: try state.phase()) ?? .fileDrop
      generation = try state.generation()
      var known = try state.outcomes()
      do throws(Errno) {
        let logs = try Directory.open(layout.logDirectory)
        let name = "audit.jsonl"
        let audit = try AuditLog(in: logs, name: name, mode: channel.audit.mode.rawValue)
        let file = try logs.open(name, .read)
        let taken: Int
        do throws(StoreFailure) {
          taken = try LedgerReplay.run(file, end: audit.position, state: state, known: &known)
        } catch { throw Errno.io }
        if taken > 0 { log("took \(taken) records of a killed server into the ledger") }
        reactor = try Reactor()
        recorder = try Recorder(
          audit: audit, state: state, known: known, generation: generation,
          sealInterval: channel.audit.seal.nanoseconds,
          reactor: reactor)
        let quarantine = try QuarantineStore(
          Directory.open(layout.quarantineDirectory), limit: channel.relay.quarantine.bytes)
        pipeline = Pipeline(
          settings: Pipeline.Settings(
            policy: identity.policy(channel),
            rate: channel.limits.rate.map { (Int64($0.count), $0.period.nanoseconds) },
            messageLimit: channel.limits.message.bytes), reader: MessageReader(), recorder: recorder,
          canaries: Canaries(), quarantine: quarantine, reactor: reactor)
      } catch { throw StoreFailure(path: layout.logDirectory, doing: "open the audit log", text: "\(error)", code: 0) }
    } catch { throw ServiceFailure(error.isBusy ? .busy : .failed, error.description) }
  }

  private static func makeDirectories(_ layout: ChannelLayout, _ identity: ChannelIdentity) throws(UnsafePath) {
    let runtime = try SafePath.openDirectory(layout.runtimeDirectory, creating: identity.directoryMode)
    let state = try SafePath.openDirectory(layout.stateDirectory, creating: 0o700)
    let logs = try SafePath.openDirectory(layout.logDirectory, creating: 0o700)
    let spool = try SafePath.openDirectory(layout.spoolDirectory, creating: 0o700)
    let quarantine = try SafePath.openDirectory(layout.quarantineDirectory, creating: 0o700)
    let replies = try SafePath.openDirectory(layout.repliesDirectory, creating: identity.group == nil ? 0o700 : 0o2770)
    guard let owner = identity.owner else { return }
    try own(runtime, owner)
    try own(state, owner)
    try own(logs, owner)
    try own(spool, owner)
    try own(quarantine, owner)
    try own(replies, owner)
  }

  private static func own(_ directory: borrowing Directory, _ owner: Owner) throws(UnsafePath) {
    do throws(Errno) { try directory.descriptor.setOwner(uid: owner.uid, gid: owner.gid) } catch {
      throw UnsafePath(component: directory.path, reason: .system(error))
    }
  }
}
