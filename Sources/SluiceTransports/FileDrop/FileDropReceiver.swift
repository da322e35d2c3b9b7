package import SluiceChannel
internal import SluicePolicy
package import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// The receiving side of the file-drop transport: claims what legacy writers leave at fixed paths.
///
/// A drop's claim is its journal: the claimed file stays until each message of it is settled, its name is the
/// messages' id, and what a killed process left in the claim directory is found at the next start.
package final class FileDropReceiver: ReceivingSide, DropSource {
  private struct Claim {
    let slot: Int
    let since: Int64
    /// Ids that are handed on and not settled; nil before that.
    var unsettled: Set<String>?
    /// Its writer took so long that it does not count against the limit.
    var isUncounted = false
  }

  package let kind = TransportKind.fileDrop
  private let settings: FileDropSettings
  private let reactor: Reactor
  private weak var sink: (any MessageSink)?
  private let reader = MessageReader()
  private var directories: [ClaimDirectory] = []
  private var claimer: DropClaimer?
  private var claims: [String: Claim] = [:]
  /// Claims that are not handed on yet, oldest first.
  private var waiting: [String] = []
  private var parked = ParkedClaims()
  private var isHolding: Bool
  private var isPaused = false
  private var retry: TimerQueue.Ticket?
  private var retryDelay: Int64 = 0
  private var isLooking = false
  /// Claimer threads that have not ended yet.
  private var claimers = 0
  /// Told when the drop directory is lost: the process must start anew.
  package var lost: ((String) -> Void)?
  /// Told of each claim that is not empty, before it is handed on.
  package var claimed: ((String, FileDropSettings.Slot) -> Void)?

  /// Claims of an earlier process of which the sink has parts already: they are finished even while it has no room,
  /// since what it has of them can go nowhere before.
  package var begun: Set<String> = []

  package init(settings: FileDropSettings, reactor: Reactor, sink: any MessageSink, isHolding: Bool = false) {
    self.settings = settings
    self.reactor = reactor
    self.sink = sink
    self.isHolding = isHolding
  }

  deinit { claimer?.stop() }

  /// After `close` also that the claimer's thread has ended: until then it may still claim.
  package var isIdle: Bool { claims.isEmpty && (claimer != nil || claimers == 0) }
  package var pendingCount: Int { claims.count }
  /// Whether this claim's messages could come again.
  package func holds(claim name: String) -> Bool { claims[name] != nil }

  package func open() throws(TransportFailure) {
    guard claimer == nil else { return }
    // Those of an earlier opening are still held, and locked.
    if directories.isEmpty { directories = try openDirectories() }
    do throws(Errno) {
      let reports = try Mailbox<DropClaimer.Report>()
      let claimer = DropClaimer(
        directories: directories, settings: settings, reports: reports, isHolding: isHolding || isPaused)
      try findEarlier()
      begun.formIntersection(claims.keys)
      claimer.found(claims.values.count { !$0.isUncounted })
      try connect(reports)
      try claimer.start()
      claimers += 1
      self.claimer = claimer
    } catch { throw TransportFailure(error, doing: "watch", path: settings.slots.first?.directory ?? "") }
    look()
  }

  private func openDirectories() throws(TransportFailure) -> [ClaimDirectory] {
    var byPath: [String: ClaimDirectory] = [:]
    var opened: [ClaimDirectory] = []
    for slot in settings.slots {
      if byPath[slot.directory] == nil {
        byPath[slot.directory] = try ClaimDirectory.open(beside: slot.directory, name: settings.privateName)
      }
      if let directory = byPath[slot.directory] { opened.append(directory) }
    }
    return opened
  }

  private func connect(_ reports: Mailbox<DropClaimer.Report>) throws(Errno) {
    var registration: Reactor.Registration?
    registration = try reports.attach(to: reactor) { [weak self, reactor] report in
      self?.take(report)
      if case .ended = report, let registration { reactor.remove(registration) }
    }
  }

  private func findEarlier() throws(Errno) {
    for (index, slot) in settings.slots.enumerated() {
      for name in try directories[index].claims.names()
      where ClaimName.time(of: name, prefix: slot.prefix) != nil && claims[name] == nil { add(name, slot: index) }
    }
    waiting.sort { $0.dropFirst() < $1.dropFirst() }
  }

  private func add(_ name: String, slot: Int) {
    claims[name] = Claim(slot: slot, since: Clock.monotonic)
    waiting.append(name)
  }

  package func close(removingObjects: Bool) {
    claimer?.stop()
    claimer = nil
  }

  /// Leaves drops in their slots, for the old server, or takes them again.
  package func hold(_ holding: Bool) {
    isHolding = holding
    claimer?.hold(isHolding || isPaused)
  }

  /// Leaves drops in their slots and claims as they are while the sink has no room for more.
  package func pause(_ pausing: Bool) {
    guard pausing != isPaused else { return }
    isPaused = pausing
    claimer?.hold(isHolding || isPaused)
    if !pausing { reactor.schedule(after: 0) { [weak self] in self?.look() } }
  }

  private func take(_ report: DropClaimer.Report) {
    switch report {
    case .claimed(let name, let slot):
      // After a reopening it may have been found in the directory already.
      guard claims[name] == nil else {
        claimer?.settledOne()
        return
      }
      add(name, slot: slot)
      retryDelay = 0
      look()
    case .writerClosed:
      retryDelay = 0
      look()
    case .noticed(let text): sink?.noticed(text)
    case .lost(let reason): lost?(reason)
    case .ended: claimers -= 1
    }
  }

  /// Looks at every claim that is not handed on yet, oldest first.
  private func look() {
    guard !isLooking, !isPaused || !begun.isEmpty else { return }
    isLooking = true
    defer { isLooking = false }
    if let retry { reactor.cancel(retry) }
    retry = nil
    let names = waiting
    waiting = []
    waiting = names.filter { !examine($0) && !park($0) } + waiting
    let now = Clock.monotonic
    if parked.isLookDue(at: now) { parked.keep(parked.names.filter { !examine($0) }) }
    if let notice = parked.notice(at: now) { sink?.noticed(notice) }
    if waiting.isEmpty {
      guard parked.count > 0 else { return }
      retryDelay = parked.interval
    } else {
      retryDelay = min(max(retryDelay * 2, 2_000_000), 200_000_000)
    }
    retry = reactor.schedule(after: retryDelay) { [weak self] in self?.look() }
  }

  /// A claim that has waited for its writer for long no longer counts against the drops of others.
  private func park(_ name: String) -> Bool {
    guard !isPaused, let claim = claims[name], Clock.monotonic - claim.since >= settings.writerPatience,
      parked.count < settings.parkedLimit, let status = try? directories[claim.slot].claims.status(of: name)
    else { return false }
    claims[name]?.isUncounted = true
    parked.add(name, owner: status.uid)
    claimer?.settledOne()
    return true
  }

  /// Examines one claim: false when it has to be looked at again.
  private func examine(_ name: String) -> Bool {
    guard let claim = claims[name] else { return true }
    guard !isPaused || begun.contains(name) else { return false }
    do throws(Errno) {
      let found = try ClaimInspection.inspect(
        name, in: directories[claim.slot].claims, age: Clock.monotonic - claim.since, limit: settings.messageLimit)
      StopPoint.claimInspected.pass()
      switch found {
      case nil: remove(name)
      case .notYet: return false
      case .empty: finish(name, isFirst: true)
      case .reject(let refusal, let isDirectory): reject(name, claim, refusal, isDirectory: isDirectory)
      case .bytes(let bytes, let status, _): handOn(name, claim, bytes, status)
      }
      return true
    } catch {
      sink?.noticed("cannot look at the claim \(name): \(error)")
      return false
    }
  }

  private func handOn(_ name: String, _ claim: Claim, _ bytes: [UInt8], _ status: FileStatus) {
    let slot = settings.slots[claim.slot]
    let principal = Principal(
      attestation: .fileOwner, uid: status.uid, gid: status.gid, isShared: status.isWritableByOthers)
    var messages: [[UInt8]] = []
    var refusal: Refusal?
    if slot.isBadByDefinition {
      refusal = Refusal(.notJSON, "malformed by definition", reason: "\(slot.name) is malformed by definition")
    } else {
      do throws(Refusal) { messages = try DropText.messages(in: bytes, reader: reader) } catch { refusal = error }
      if messages.contains(where: { $0.count > settings.messageLimit }) {
        refusal = .tooLarge(limit: settings.messageLimit)
      }
    }
    if refusal == nil, messages.isEmpty { return finish(name, isFirst: true) }
    claimed?(name, slot)
    let ids = refusal == nil ? messages.indices.map { "\(name)-\($0)" } : ["\(name)-0"]
    claims[name]?.unsettled = Set(ids)
    if let refusal {
      let drop = Drop(id: ids[0], route: .fileDrop, principal: principal, source: self)
      unsafe sink?.spoiled(bytes.span.bytes, refusal, drop)
      return
    }
    for (id, message) in zip(ids, messages) {
      let drop = Drop(id: id, route: .fileDrop, principal: principal, source: self)
      unsafe sink?.dropped(message.span.bytes, drop)
    }
  }

  private func reject(_ name: String, _ claim: Claim, _ refusal: Refusal, isDirectory: Bool) {
    claimed?(name, settings.slots[claim.slot])
    let directory = directories[claim.slot]
    do throws(Errno) {
      if isDirectory {
        do throws(Errno) { try directory.claims.removeDirectory(name) } catch {
          try directory.claims.claim(name, into: directory.rejects, as: name)
        }
      } else {
        try directory.claims.unlinkIfPresent(name)
      }
    } catch { sink?.noticed("cannot put \(name) aside: \(error)") }
    claims[name]?.unsettled = ["\(name)-0"]
    let drop = Drop(id: "\(name)-0", route: .fileDrop, principal: .unknown, source: self)
    let none: [UInt8] = []
    unsafe sink?.spoiled(none.span.bytes, refusal, drop)
  }

  package func settle(_ id: String) {
    guard let dash = id.lastIndex(of: "-") else { return }
    let name = String(id[..<dash])
    guard claims[name]?.unsettled?.remove(id) != nil, claims[name]?.unsettled?.isEmpty == true else { return }
    finish(name, isFirst: true)
  }

  /// Lets go of a claim once its file is gone; while it cannot be unlinked its ids could come again.
  private func finish(_ name: String, isFirst: Bool) {
    guard let claim = claims[name] else { return }
    do throws(Errno) { try directories[claim.slot].claims.unlinkIfPresent(name) } catch {
      if isFirst { sink?.noticed("cannot remove the finished claim \(name): \(error); trying again every second") }
      reactor.schedule(after: 1_000_000_000) { [weak self] in self?.finish(name, isFirst: false) }
      return
    }
    StopPoint.claimUnlinked.pass()
    remove(name)
  }

  private func remove(_ name: String) {
    guard let claim = claims.removeValue(forKey: name) else { return }
    begun.remove(name)
    if !claim.isUncounted { claimer?.settledOne() }
    sink?.retired(idPrefix: name)
  }
}
