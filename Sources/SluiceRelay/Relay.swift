package import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
package import SluiceTransports
internal import SluiceStore
internal import SluiceSystem
package import SluiceWire

/// The compatibility relay: claims what legacy writers drop and hands it to the server, once.
///
/// Three duties, each of which leaves its state on disk: claiming (a thread of its own), finishing (a claim becomes a
/// spool entry when its bytes are proven whole), and delivering (a spool entry goes when the server has settled it). A
/// kill at any point loses nothing, since each duty finds its work by looking, and repeats nothing, since the claim's
/// name is the message's id all the way.
package final class Relay {
  /// Lines that are on their way to the server at once.
  private static let window = 64
  private static let sweep: Int64 = 1_000_000_000

  private let channel: ChannelFile
  private let layout: ChannelLayout
  private let log: (String) -> Void
  private let lock: ServiceLock
  private let reactor: Reactor
  private let signals: SignalReceiver
  private let spool: Spool
  private let quarantine: QuarantineStore
  private let record: RelayLog
  private let link: ServerLink
  private let keeper: FIFOKeeper
  private let legacyLog: LegacyLog?
  private let reader = MessageReader()
  private var receiver: FileDropReceiver?
  private var queue: DeliveryQueue
  private var bound: SpoolBound
  private var unspooled: [(Drop, [UInt8])] = []
  private var gone: [String] = []
  private var isHolding: Bool
  private var lastReport: [UInt8] = []
  private var failure: ServiceFailure?

  package init(
    channel: ChannelFile, layout: ChannelLayout, log: @escaping @Sendable (String) -> Void
  ) throws(ServiceFailure) {
    self.channel = channel
    self.layout = layout
    self.log = log
    SignalReceiver.ignoreHarmless()
    Process.setFileCreationMask(0o077)
    guard channel.legacy.consume == .take else {
      throw ServiceFailure(.failed, "legacy.consume: 'linger' is not supported by this version; use 'take'")
    }
    let identity = try ChannelIdentity(channel)
    let owner = Process.effectiveUser == 0 ? identity.owner : nil
    // Before anything that a running relay owns is so much as opened.
    lock = try ServiceLock.takeAsRelay(layout, identity, owner)
    do throws(UnsafePath) {
      let spoolDirectory = try identity.directory(layout.spoolDirectory, creating: 0o700)
      let quarantineDirectory = try identity.directory(layout.quarantineDirectory, creating: 0o700)
      let logDirectory = try identity.directory(layout.logDirectory, creating: 0o700)
      do throws(Errno) {
        signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
        reactor = try Reactor()
        spool = try Spool(spoolDirectory)
        quarantine = try QuarantineStore(quarantineDirectory, limit: channel.relay.quarantine.bytes)
        queue = DeliveryQueue(spool.ids)
        bound = SpoolBound(entries: channel.relay.pending)
        record = try RelayLog(in: logDirectory, name: "relay.jsonl", owner: owner, reactor: reactor, noticed: log)
      } catch { throw UnsafePath(component: layout.stateDirectory, reason: .system(error)) }
    } catch { throw ServiceFailure(TransportFailure(error)) }
    do throws(StoreFailure) {
      let state = try State.reading(path: layout.database)
      isHolding = try (state?.phase() ?? 0) == 0
    } catch { throw ServiceFailure(.failed, error.description) }
    let trust = ServerTrust(user: identity.user, group: identity.group)
    link = ServerLink(
      directory: layout.runtimeDirectory, name: layout.names.relaySocket, trust: trust, reactor: reactor)
    keeper = FIFOKeeper(directory: layout.runtimeDirectory, name: layout.names.fifo, trust: trust)
    legacyLog = layout.legacyLog.map { LegacyLog(path: $0, noticed: log) }
  }

  // MARK: Life

  /// Relays until a signal ends it, or until the drop directory is not what it was.
  package func run(ready: () -> Void) throws(ServiceFailure) {
    let receiver = FileDropReceiver(
      settings: FileDropSettings(
        privateName: ".\(channel.name.rawValue)-relay-\(Process.effectiveUser)", slots: slots(),
        messageLimit: channel.limits.message.bytes, pendingLimit: channel.relay.pending),
      reactor: reactor, sink: self, isHolding: isHolding)
    self.receiver = receiver
    receiver.claimed = { [unowned self] name, slot in
      record.write("claimed", id: name) { $0.member("path", slot.path) }
    }
    receiver.lost = { [unowned self] reason in
      failure = ServiceFailure(.failed, "\(reason): start the relay again")
      reactor.stop()
    }
    receiver.begun = Set(queue.heldClaims)
    connectLink()
    balance()
    do throws(TransportFailure) { try receiver.open() } catch { throw ServiceFailure(error) }
    // Claims that are no more, and completely spooled therefore; the others are read again first.
    for claim in queue.heldClaims where !receiver.holds(claim: claim) { queue.retired(claim) }
    link.start()
    sweep()
    do throws(Errno) {
      _ = try reactor.register(
        signals.descriptor, for: .read, handler: SignalHandler { [unowned self] in takeSignals() })
      ready()
      if let trouble = ServiceNotification.ready() { log(trouble) }
      try reactor.run()
    } catch { throw ServiceFailure(.failed, "the event loop failed: \(error)") }
    receiver.close(removingObjects: false)
    record.close()
    if let failure { throw failure }
  }

  private func slots() -> [FileDropSettings.Slot] {
    func slot(_ path: String, _ isBad: Bool) -> FileDropSettings.Slot {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      return FileDropSettings.Slot(
        directory: slash == path.startIndex ? "/" : String(path[..<slash]),
        name: String(path[path.index(after: slash)...]), isBadByDefinition: isBad)
    }
    return [slot(layout.legacyInput, false), slot(layout.legacyBad, true)]
  }

  private func connectLink() {
    link.noticed = { [unowned self] in log($0) }
    link.connected = { [unowned self] in
      queue.restart()
      gone = []
      for line in RelayWords.hello(pending: spool.ids, isHolding: isHolding) { link.send(line) }
      keeper.look()
      deliver()
    }
    link.settled = { [unowned self] in settled($0) }
    link.held = { [unowned self] holding in
      isHolding = holding
      receiver?.hold(holding)
      keeper.look()
      report()
    }
  }

  private func sweep() {
    keeper.look()
    retrySpooling()
    queue.resumePostponed()
    deliver()
    report()
    reactor.schedule(after: Self.sweep) { [weak self] in self?.sweep() }
  }

  private final class SignalHandler: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  private func takeSignals() {
    while let signal = try? signals.next() {
      if signal == .terminate || signal == .interrupt { reactor.stop() }
    }
  }

  // MARK: Delivering

  private func deliver() {
    while link.isConnected, queue.underwayCount < Self.window, link.waiting <= 4 << 20, let id = queue.next() {
      do throws(Errno) {
        if let line = try spool.line(of: id, limit: channel.limits.message.bytes + 65536) {
          link.send(line)
          continue
        }
        log("the spool entry \(id) is too large; left alone")
      } catch { log("cannot read the spool entry \(id): \(error)") }
      queue.postpone(id)
    }
  }

  private func settled(_ id: String) {
    guard queue.settled(id) else { return }
    do throws(Errno) { try spool.remove(id) } catch {
      log("cannot remove the settled spool entry \(id): \(error)")
      queue.postpone(id)
      return
    }
    balance()
    record.write("settled", id: id)
    gone.append(id)
    if gone.count >= Self.window || spool.count == 0 { report() }
    deliver()
  }

  /// Holds claiming back while the spool is full: the slot is the back-pressure that legacy writers know.
  private func balance() {
    guard bound.update(entries: spool.count + unspooled.count, bytes: spool.byteCount) else { return }
    receiver?.pause(bound.isFull)
    if bound.isFull {
      log("the spool is full (\(spool.count) messages, \(spool.byteCount) bytes); drops stay where they are meanwhile")
    }
  }

  private func report() {
    let pending = spool.count + (receiver?.pendingCount ?? 0) + unspooled.count
    let report = RelayWords.report(pending: pending, isHolding: isHolding, gone: gone)
    guard link.isConnected, report != lastReport || !gone.isEmpty else { return }
    link.send(report)
    lastReport = report
    gone = []
  }
}

// MARK: - Finishing

extension Relay: MessageSink {
  package func opened(_ conversation: any Conversation) -> (any ConversationSession)? { nil }
  package func retired(idPrefix: String) {
    queue.retired(idPrefix)
    deliver()
  }
  package func noticed(_ text: String) { log(text) }

  package func dropped(_ bytes: RawSpan, _ drop: Drop) {
    var envelope = Envelope()
    var message = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    do throws(Refusal) {
      // A drop may name a reply FIFO, or be a probe; anything else in an envelope would be a forgery.
      let found = try reader.read(bytes)
      legacyLog?.received(method: found.method)
      if found.isEnvelope {
        let inner = try reader.openEnvelope(bytes)
        guard inner.claim == nil, inner.origin == nil, inner.control == nil, let range = inner.message else {
          throw .forgedEnvelope
        }
        envelope.reply = inner.reply
        envelope.canary = inner.canary
        message = Array(message[range])
      }
    } catch { return spoiled(bytes, error, drop) }
    envelope.claim = drop.id
    envelope.origin = origin(of: drop)
    record.write("message", id: drop.id) { json in
      json.member("bytes", message.count)
      if let origin = envelope.origin {
        json.member("uid", Int64(origin.uid))
        json.member("attestation", origin.attestation)
      }
    }
    // A newline inside JSON text is white space between its tokens: the line format needs it to be another one.
    keep(drop, envelope.wrap(message.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? 0x20 : $0 }))
  }

  package func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {
    let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    let kept = quarantine.keep(copy, id: drop.id)
    let reason = kept.map { "\(refusal.reason) (\($0))" } ?? refusal.reason
    legacyLog?.malformed(drop.id.hasPrefix("b") ? layout.legacyBad : layout.legacyInput)
    record.write("quarantined", id: drop.id) { $0.member("reason", reason) }
    log("error: quarantined \(drop.id): \(reason)")
    keep(
      drop, RelayWords.quarantined(id: drop.id, origin: origin(of: drop), byteCount: copy.count, reason: reason))
  }

  private func origin(of drop: Drop) -> Envelope.Origin? {
    guard let uid = drop.principal.uid, let gid = drop.principal.gid else { return nil }
    return Envelope.Origin(
      uid: uid, gid: gid, mode: 0, attestation: drop.principal.isShared ? "shared" : "owner", path: layout.legacyInput)
  }

  /// Puts a line into the spool; the claim is let go of when that is done.
  private func keep(_ drop: Drop, _ line: [UInt8]) {
    do throws(Errno) { if try spool.put(drop.id, line) { queue.add(drop.id) } } catch {
      log("cannot spool \(drop.id): \(error); the claim stays and is tried again")
      unspooled.append((drop, line))
      balance()
      return
    }
    balance()
    reactor.schedule(after: 0) { drop.source.settle(drop.id) }
  }

  private func retrySpooling() {
    let waiting = unspooled
    unspooled = []
    for (drop, line) in waiting { keep(drop, line) }
  }
}
