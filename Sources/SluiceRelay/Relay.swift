package import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
package import SluiceTransports
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// The compatibility relay: claims what legacy writers drop and hands it to the server, once.
///
/// Three duties, each of which leaves its state on disk: claiming (a thread of its own), finishing (a claim becomes a
/// spool entry when its bytes are proven whole), and delivering (a spool entry goes when the server has settled it). A
/// kill at any point loses nothing, since each duty finds its work by looking, and repeats nothing, since the claim's
/// name is the message's id all the way.
package final class Relay {
  /// Lines that are on their way to the server at once.
  static let window = 64
  static let sweep: Int64 = 1_000_000_000
  static let reportDelay: Int64 = 10_000_000

  let channel: ChannelFile
  let layout: ChannelLayout
  let log: (String) -> Void
  let lock: ServiceLock
  let reactor: Reactor
  let signals: SignalReceiver
  let spool: Spool
  let quarantine: QuarantineStore
  let record: RelayLog
  let link: ServerLink
  let keeper: FIFOKeeper
  let legacyLog: LegacyLog?
  let book: AccountBook
  var overflow: (from: Int64, to: Int64)?
  var lastGap: UInt64 = 0
  /// Between the clock and the monotonic one, at the last look.
  var clockDifference: Int64?
  var ending: String?
  let sandbox: SandboxReport
  let gate: OpenGate?
  let standIn: FIFOStandIn?
  let ingressSpool: Directory
  /// Where a FIFO stands in for drops, or one left lines.
  var ingress: FIFOReceiver?
  let reader = MessageReader()
  var receiver: FileDropReceiver?
  var queue: DeliveryQueue
  var bound: SpoolBound
  var unspooled: [(Drop, [UInt8])] = []
  /// Sent, and in the spool without a file of their own, by id.
  var standing: [String: Standing] = [:]
  var isStandingDue = false
  /// Settled by the server before their claims could be unlinked, by claim.
  var settledEarly: [String: [(id: String, reply: [UInt8]?)]] = [:]
  var gone: [String] = []
  /// What goes back to the legacy path; nil while it goes to the server.
  var returning: Returning?
  /// Spooled messages that an earlier process, or this one over a lost connection, may have sent.
  var doubtful: Set<String>
  var isHolding: Bool
  var lastReport: [UInt8] = []
  var isReportDue = false
  var failure: ServiceFailure?

  package init(
    channel: ChannelFile, layout: ChannelLayout, channelFile: String? = nil, log: @escaping @Sendable (String) -> Void
  ) throws(ServiceFailure) {
    self.channel = channel
    self.layout = layout
    self.log = log
    SignalReceiver.ignoreHarmless()
    Process.setFileCreationMask(0o077)
    Process.raiseOpenFilesLimit()
    let identity = try ChannelIdentity(channel)
    let owner = Process.effectiveUser == 0 ? identity.owner : nil
    // Before anything that a running relay owns is so much as opened.
    lock = try ServiceLock.takeAsRelay(layout, identity, owner)
    try Self.makeDirectories(channel, layout, identity, owner)
    Self.makeRuntimeDirectory(channel, layout, identity)
    // A directory that is not there ends the start further down.
    for place in Self.places(layout, identity) where place.directory != nil {
      for finding in place.findings where finding.weight != .fact { log(finding.text) }
    }
    // Before its privilege may go, and before there is a second thread.
    gate = try Self.makeGate(channel, layout)
    let staysRoot = try Self.becomeUser(identity, layout)
    standIn = try Self.makeStandIn(channel, layout, identity)
    // While it may: the claimer's thread has this from ours. What it does is short, and each moment that it waits for a
    // processor is one in which a writer overwrites a drop; in the sandbox nobody can ask for it any more.
    SystemThread.setUrgent(true)
    var isMade = false
    defer { if !isMade { SystemThread.setUrgent(false) } }
    sandbox = try Self.enterSandbox(channel, layout, channelFile, identity)
    for problem in sandbox.problems { log("sandbox: \(problem)") }
    do throws(UnsafePath) {
      let spoolDirectory = try identity.directory(layout.spoolDirectory)
      ingressSpool = try identity.directory(layout.spoolDirectory)
      let quarantineDirectory = try identity.directory(layout.quarantineDirectory)
      let logDirectory = try identity.directory(layout.logDirectory)
      book = AccountBook(try identity.directory(layout.stateDirectory), owner: owner, noticed: log)
      do throws(Errno) {
        signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
        reactor = try Reactor()
        spool = try Spool(spoolDirectory, isDurable: channel.relay.isDurable)
        quarantine = try QuarantineStore(quarantineDirectory, limit: channel.relay.quarantine.bytes)
        queue = DeliveryQueue(spool.ids)
        doubtful = Set(spool.ids)
        bound = SpoolBound(entries: channel.relay.pending)
        record = try RelayLog(
          in: logDirectory, name: "relay.jsonl", owner: staysRoot ? owner : nil, settings: channel.audit,
          reactor: reactor, noticed: log)
      } catch { throw UnsafePath(component: layout.stateDirectory, reason: .system(error)) }
    } catch { throw ServiceFailure(TransportFailure(error)) }
    do throws(StoreFailure) {
      let state = try State.reading(path: layout.database)
      isHolding = (Phase(rawValue: try state?.phase() ?? 0) ?? .fileDrop).leavesDrops
    } catch { throw ServiceFailure(.failed, error.description) }
    let trust = ServerTrust(user: identity.user, group: identity.group)
    link = ServerLink(
      directory: layout.runtimeDirectory, name: layout.names.relaySocket, trust: trust, reactor: reactor)
    keeper = FIFOKeeper(directory: layout.runtimeDirectory, name: layout.names.fifo, trust: trust, noticed: log)
    legacyLog = layout.legacyLog.map { LegacyLog(path: $0, noticed: log) }
    isMade = true
  }

  // MARK: Life

  /// Relays until a signal ends it, or until the drop directory is not what it was.
  package func run(ready: () -> Void) throws(ServiceFailure) {
    let receiver = FileDropReceiver(settings: dropSettings(), reactor: reactor, sink: self, isHolding: isHolding)
    receiver.gate = gate
    receiver.standIn = standIn
    for promise in IngressPromise.lines(channel.legacy) { log(promise) }
    self.receiver = receiver
    receiver.claimed = { [unowned self] name, slot in
      record.writeLater("claimed", id: name) { $0.member("path", slot.path) }
    }
    receiver.refused = { [unowned self] path, error, advice in
      record.write("claim-failed", id: "") { json in
        json.member("path", path)
        json.member("error", error.name)
        json.member("advice", advice)
      }
    }
    receiver.lost = { [unowned self] reason in
      failure = ServiceFailure(.failed, "\(reason): start the relay again")
      ending = reason
      reactor.stop()
    }
    receiver.begun = Set(queue.heldClaims)
    connectLink()
    balance()
    do throws(TransportFailure) { try receiver.open() } catch { throw ServiceFailure(error) }
    // It may have sent what it had claimed.
    doubtful.formUnion(receiver.found.map(Self.soleID))
    beginIngress()
    SystemThread.setUrgent(false)
    // Claims that are no more, and completely spooled therefore; the others are read again first.
    for claim in queue.heldClaims where !receiver.holds(claim: claim) && ingress?.holds(claim: claim) != true {
      queue.retired(claim)
    }
    spool.prepare()
    StopPoint.relayRecovered.pass()
    beginAccount()
    if isHolding, isReturnUnfinished { beginReturning() }
    link.start()
    sweep()
    do throws(Errno) {
      _ = try reactor.register(
        signals.descriptor, for: .read, handler: SignalHandler { [unowned self] in takeSignals() })
      ready()
      if let trouble = ServiceNotification.ready() { log(trouble) }
      try reactor.run()
    } catch { throw ServiceFailure(.failed, "the event loop failed: \(error)") }
    ingress?.close(removingObjects: true)
    receiver.close(removingObjects: false)
    spool.discardDrafts()
    endAccount(ending)
    record.close()
    if let failure { throw failure }
  }

  func dropSettings() -> FileDropSettings {
    var settings = FileDropSettings(
      privateName: Self.claimDirectory(channel, of: Process.effectiveUser), slots: slots(),
      messageLimit: channel.limits.message.bytes, pendingLimit: channel.relay.pending)
    if channel.legacy.consume == .linger { settings.linger = channel.legacy.linger.nanoseconds }
    return settings
  }

  func slots() -> [FileDropSettings.Slot] {
    func slot(_ path: String, _ isBad: Bool) -> FileDropSettings.Slot {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      return FileDropSettings.Slot(
        directory: slash == path.startIndex ? "/" : String(path[..<slash]),
        name: String(path[path.index(after: slash)...]), isBadByDefinition: isBad)
    }
    return [slot(layout.legacyInput, false), slot(layout.legacyBad, true)]
  }

  func connectLink() {
    link.noticed = { [unowned self] in log($0) }
    link.connected = { [unowned self] in
      queue.restart()
      gone = []
      for line in RelayWords.hello(pending: spool.ids + unspooledIDs, isHolding: isHolding) { link.send(line) }
      StopPoint.greeted.pass()
      keeper.look()
      deliver()
      returning?.asked = []
      returning?.kept = []
      returning?.openRequests = 0
      askBack()
    }
    link.disconnected = { [unowned self] in
      doubtful.formUnion(queue.sent)
      spoolStanding()
    }
    link.withdrawn = { [unowned self] in takeBack($0, kept: $1) }
    link.settled = { [unowned self] in settled($0, reply: $1) }
    link.held = { [unowned self] holding, returning in
      isHolding = holding
      if holding { spoolStanding() }
      receiver?.hold(holding)
      holdIngress(holding)
      accountHolding(holding)
      keeper.look()
      if !holding { endReturning() } else if returning || isReturnUnfinished { beginReturning() }
      report()
    }
  }

  private var isReturnUnfinished: Bool { book.account.isReturning || !spool.turns.isEmpty }

  func sweep() {
    keeper.look()
    retrySpooling()
    queue.resumePostponed()
    deliver()
    askBack()
    report()
    keepAccount()
    reactor.schedule(after: Self.sweep) { [weak self] in self?.sweep() }
  }

  final class SignalHandler: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  func takeSignals() {
    while let signal = try? signals.next() {
      if signal == .terminate || signal == .interrupt {
        ending = RelayAccount.stopped
        reactor.stop()
      }
    }
  }
}
