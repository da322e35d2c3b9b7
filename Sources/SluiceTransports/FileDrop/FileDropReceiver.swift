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
    let name: String
    let slot: Int
    let since: Int64
    var unsettled: Set<String>?
    var isAnnounced = false
  }

  package let kind = TransportKind.fileDrop
  private let settings: FileDropSettings
  private let reactor: Reactor
  private weak var sink: (any MessageSink)?
  private let reader = MessageReader()
  private var directories: [ClaimDirectory] = []
  private var claimer: DropClaimer?
  private var claims: [Claim] = []
  private var retry: TimerQueue.Ticket?
  private var retryDelay: Int64 = 0
  private var isLooking = false
  /// Claimer threads that have not ended yet.
  private var claimers = 0
  private let startsHolding: Bool
  /// Told when the drop directory is lost: the process must start anew.
  package var lost: ((String) -> Void)?
  /// Told of each claim, before it is looked at.
  package var claimed: ((String, FileDropSettings.Slot) -> Void)?

  package init(settings: FileDropSettings, reactor: Reactor, sink: any MessageSink, isHolding: Bool = false) {
    self.settings = settings
    self.reactor = reactor
    self.sink = sink
    startsHolding = isHolding
  }

  deinit { claimer?.stop() }

  /// After `close` also that the claimer's thread has ended: until then it may still claim.
  package var isIdle: Bool { claims.isEmpty && (claimer != nil || claimers == 0) }
  package var pendingCount: Int { claims.count }

  package func open() throws(TransportFailure) {
    guard claimer == nil else { return }
    // Those of an earlier opening are still held, and locked.
    if directories.isEmpty { directories = try openDirectories() }
    do throws(Errno) {
      let reports = try Mailbox<DropClaimer.Report>()
      let claimer = DropClaimer(
        directories: directories, settings: settings, reports: reports, isHolding: startsHolding)
      try findEarlier()
      claimer.found(claims.count)
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
    let known = Set(claims.map(\.name))
    for (index, slot) in settings.slots.enumerated() {
      for name in try directories[index].claims.names()
      where ClaimName.time(of: name, prefix: slot.prefix) != nil && !known.contains(name) {
        claims.append(Claim(name: name, slot: index, since: Clock.monotonic))
      }
    }
    claims.sort { $0.name.dropFirst() < $1.name.dropFirst() }
  }

  package func close(removingObjects: Bool) {
    claimer?.stop()
    claimer = nil
  }

  /// Leaves drops in their slots, for the old server, or takes them again.
  package func hold(_ holding: Bool) { claimer?.hold(holding) }

  private func take(_ report: DropClaimer.Report) {
    switch report {
    case .claimed(let name, let slot):
      // After a reopening it may have been found in the directory already.
      guard !claims.contains(where: { $0.name == name }) else {
        claimer?.settledOne()
        return
      }
      claims.append(Claim(name: name, slot: slot, since: Clock.monotonic))
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
    guard !isLooking else { return }
    isLooking = true
    defer { isLooking = false }
    if let retry { reactor.cancel(retry) }
    retry = nil
    var isWaiting = false
    // By name, since a sink that settles at once removes claims meanwhile.
    for name in claims.filter({ $0.unsettled == nil }).map(\.name) {
      guard let index = claims.firstIndex(where: { $0.name == name }) else { continue }
      if !examine(index) { isWaiting = true }
    }
    guard isWaiting else { return }
    retryDelay = min(max(retryDelay * 2, 2_000_000), 200_000_000)
    retry = reactor.schedule(after: retryDelay) { [weak self] in self?.look() }
  }

  /// Examines one claim: false when it has to be looked at again.
  private func examine(_ index: Int) -> Bool {
    let claim = claims[index]
    let slot = settings.slots[claim.slot]
    if !claim.isAnnounced {
      claims[index].isAnnounced = true
      claimed?(claim.name, slot)
    }
    do throws(Errno) {
      let found = try ClaimInspection.inspect(
        claim.name, in: directories[claim.slot].claims, age: Clock.monotonic - claim.since,
        limit: settings.messageLimit)
      switch found {
      case nil: remove(index)
      case .notYet: return false
      case .empty:
        try directories[claim.slot].claims.unlinkIfPresent(claim.name)
        remove(index)
      case .reject(let refusal, let isDirectory):
        reject(index, refusal, isDirectory: isDirectory)
      case .bytes(let bytes, let status, _):
        handOn(index, bytes, status, slot)
      }
      return true
    } catch {
      sink?.noticed("cannot look at the claim \(claim.name): \(error)")
      return false
    }
  }

  private func handOn(_ index: Int, _ bytes: [UInt8], _ status: FileStatus, _ slot: FileDropSettings.Slot) {
    let name = claims[index].name
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
    if refusal == nil, messages.isEmpty {
      try? directories[claims[index].slot].claims.unlinkIfPresent(name)
      remove(index)
      return
    }
    let ids = refusal == nil ? messages.indices.map { "\(name)-\($0)" } : ["\(name)-0"]
    claims[index].unsettled = Set(ids)
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

  private func reject(_ index: Int, _ refusal: Refusal, isDirectory: Bool) {
    let claim = claims[index]
    let directory = directories[claim.slot]
    do throws(Errno) {
      if isDirectory {
        do throws(Errno) { try directory.claims.removeDirectory(claim.name) } catch {
          try directory.claims.claim(claim.name, into: directory.rejects, as: claim.name)
        }
      } else {
        try directory.claims.unlinkIfPresent(claim.name)
      }
    } catch { sink?.noticed("cannot put \(claim.name) aside: \(error)") }
    claims[index].unsettled = ["\(claim.name)-0"]
    let drop = Drop(id: "\(claim.name)-0", route: .fileDrop, principal: .unknown, source: self)
    let none: [UInt8] = []
    unsafe sink?.spoiled(none.span.bytes, refusal, drop)
  }

  private func remove(_ index: Int) {
    claims.remove(at: index)
    claimer?.settledOne()
  }

  package func settle(_ id: String) {
    guard let index = claims.firstIndex(where: { $0.unsettled?.contains(id) == true }) else { return }
    claims[index].unsettled?.remove(id)
    guard claims[index].unsettled?.isEmpty == true else { return }
    let claim = claims[index]
    do throws(Errno) { try directories[claim.slot].claims.unlinkIfPresent(claim.name) } catch {
      sink?.noticed("cannot remove the finished claim \(claim.name): \(error)")
    }
    remove(index)
    sink?.retired(idPrefix: claim.name)
  }
}
