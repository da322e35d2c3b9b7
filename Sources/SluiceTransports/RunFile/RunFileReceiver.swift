package import SluiceChannel
internal import SluicePolicy
package import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// The receiving side of the run-file transport: flock-guarded lines in a file of the runtime directory.
///
/// The claimed directory is the journal. A claim's name and a line's number are the message's id; the claimed file is
/// removed when each of its lines is settled, and found again at the next start if that did not happen.
package final class RunFileReceiver: ReceivingSide, DropSource {
  package let kind = TransportKind.runFile
  private let reactor: Reactor
  private let settings: RunFileSettings
  private let directory: Directory
  private let sink: any MessageSink
  private let reader = MessageReader()
  private let buffer = ReadBuffer()
  private var claimed: Directory?
  private var claimer: RunFileClaimer?
  /// The one that takes what comes after the removal.
  private var lateClaimer: RunFileClaimer?
  private var isRemoving = false
  private var waiting: [String] = []
  private var journal: LineJournal?
  private var isAdvancing = false
  /// How the holder of a lock is found: a sandboxed process may not look into others.
  package var sight: any ProcessSight = OwnSight()
  /// Claimer threads that have not ended yet.
  private var claimers = 0
  private var strays: [String] = []
  /// Claims that their writers may have open.
  private var late: Set<String> = []
  /// It is gone for good: writers may have files open of which we have the last name.
  private var isLeaving = false
  /// Since when the oldest claim waits for its writer, in monotonic nanoseconds.
  private var waitsSince: Int64?
  private var isLookDue = false
  private static let writerPatience: Int64 = 1_000_000_000

  package init(directory: consuming Directory, settings: RunFileSettings, reactor: Reactor, sink: any MessageSink) {
    self.directory = directory
    self.settings = settings
    self.reactor = reactor
    self.sink = sink
  }

  deinit {
    claimer?.stop(removingObjects: false)
    lateClaimer?.stop(removingObjects: false)
  }

  /// After `close` also that the claimer's thread has ended: until then it may still claim.
  package var isIdle: Bool {
    waiting.isEmpty && journal == nil && (claimer != nil || claimers == 0 || lateClaimer != nil && !isRemoving)
  }
  package var isClosing: Bool { !isIdle }
  package var isLingering: Bool { lateClaimer != nil }

  /// Whether nothing claims any more, after `close`.
  package var hasStopped: Bool { claimer == nil && claimers == 0 }

  package func open() throws(TransportFailure) {
    guard claimer == nil else { return }
    isLeaving = false
    lateClaimer?.stop(removingObjects: false)
    lateClaimer = nil
    do throws(Errno) {
      if try directory.status(of: settings.claimedName) == nil {
        try directory.makeDirectory(settings.claimedName, mode: 0o700)
      }
      let directoryOfClaims = try directory.directory(settings.claimedName)
      try prepare(settings.lockName)
      try prepare(settings.fileName)
      waiting = try directoryOfClaims.names().filter {
        ClaimName.time(of: $0, prefix: "r") != nil && $0 != journal?.name
      }.sorted()
      let reports = try Mailbox<RunFileClaimer.Report>()
      let claimer = try RunFileClaimer(
        directory: Directory(adopting: directory.descriptor.duplicate(), path: directory.path),
        claimed: directory.directory(settings.claimedName),
        settings: settings, sight: sight, reports: reports)
      try connect(reports)
      claimer.takeAlso(strays)
      try claimer.start()
      claimers += 1
      self.claimer = claimer
      claimed = consume directoryOfClaims
    } catch {
      if error == .exists || error == .isDirectory || error == .tooManyLinks {
        throw TransportFailure(
          .unsafePath,
          "\(settings.lockName) or \(settings.fileName) in \(directory.path) is not a plain file; move it away,"
            + " sluice removes nothing foreign")
      }
      throw TransportFailure(error, doing: "open the run-file transport in", path: directory.path)
    }
    advance()
  }

  /// Works off claims of an earlier process where the transport is not to be open.
  /// - Returns: whether there are any.
  package func finishClaims() throws(Errno) -> Bool {
    guard claimer == nil, try directory.status(of: settings.claimedName)?.kind == .directory else { return false }
    let directoryOfClaims = try directory.directory(settings.claimedName)
    waiting = try directoryOfClaims.names().filter { ClaimName.time(of: $0, prefix: "r") != nil }.sorted()
    claimed = consume directoryOfClaims
    isLeaving = true
    advance()
    return !isIdle
  }

  private func connect(_ reports: Mailbox<RunFileClaimer.Report>) throws(Errno) {
    var registration: Reactor.Registration?
    registration = try reports.attach(to: reactor) { [weak self, reactor] report in
      self?.take(report)
      if case .ended = report, let registration { reactor.remove(registration) }
    }
  }

  private func prepare(_ name: String) throws(Errno) {
    let file = try directory.open(name, .readWriteCreating(mode: settings.mode))
    guard try file.status().kind == .regular else { throw Errno.exists }
    try file.setMode(settings.mode)
    if let owner = settings.owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
  }

  /// Names of objects that are not ours to remove when it is left.
  package func keep(_ names: [String]) { (claimer ?? lateClaimer)?.keep(names) }

  package func leave() {
    guard let leaving = claimer else { return }
    isLeaving = true
    isRemoving = true
    claimer = nil
    lateClaimer = leaving
    leaving.watchLate()
  }

  /// Takes what writers leave at the names of transports that are closed.
  package func takeAlso(_ names: [String]) {
    strays = names
    (claimer ?? lateClaimer)?.takeAlso(names)
  }

  package func close(removingObjects: Bool) {
    claimer?.stop(removingObjects: removingObjects)
    claimer = nil
    lateClaimer?.stop(removingObjects: false)
    lateClaimer = nil
  }

  private func take(_ report: RunFileClaimer.Report) {
    switch report {
    case .claimed(let name):
      // After a reopening it may have been found in the directory already.
      guard name != journal?.name, !waiting.contains(name) else { return }
      waiting.append(name)
      advance()
    case .removed:
      isRemoving = false
      removeClaims()
    case .claimedLate(let name):
      // Its directory may be another one than before.
      if let found = try? directory.directory(settings.claimedName) { claimed = consume found }
      guard name != journal?.name, !waiting.contains(name) else { return }
      late.insert(name)
      waiting.append(name)
      advance()
    case .noticed(let text): sink.noticed(text)
    case .ended: claimers -= 1
    }
  }

  /// Works on the oldest claim: order is kept by finishing one before the next.
  private func advance() {
    // A sink may settle what it is given at once, and so call us from within.
    guard !isAdvancing else { return }
    isAdvancing = true
    defer { isAdvancing = false }
    while true {
      if journal == nil {
        guard let next = waiting.first else { return }
        guard !isWritten(next) else { return lookSoon() }
        begin(waiting.removeFirst())
        continue
      }
      guard let journal else { return }
      do throws(Errno) { try journal.advance() } catch {
        sink.noticed("cannot read the claim \(journal.name): \(error)")
        return
      }
      if journal.hasMore {
        reactor.schedule(after: 0) { [weak self] in self?.advance() }
        return
      }
      if journal.isAtEnd { journal.takeRest() }
      guard journal.isSettled else { return }
      retire(journal)
    }
  }

  private func lookSoon() {
    guard !isLookDue else { return }
    isLookDue = true
    reactor.schedule(after: 2_000_000) { [weak self] in
      self?.isLookDue = false
      self?.advance()
    }
  }

  /// Whether somebody has a claim open for writing that was not made under the lock, or after which none is. A lease
  /// tells, where one is to be had.
  private func isWritten(_ name: String) -> Bool {
    guard isLeaving || late.contains(name) else { return false }
    let since = waitsSince ?? Clock.monotonic
    waitsSince = since
    var isFree = true
    if Clock.monotonic - since < Self.writerPatience, let file = try? claimed?.open(name, .readUntrusted) {
      switch file.takeReadLease() {
      case .granted: file.releaseLease()
      case .writerPresent: isFree = false
      case .unavailable: break
      }
    }
    guard isFree else { return true }
    waitsSince = nil
    late.remove(name)
    return false
  }

  private func begin(_ name: String) {
    guard claimed != nil else { return }
    do throws(Errno) {
      guard let file = try claimed?.open(name, .readUntrusted) else { return }
      let status = try file.status()
      guard status.kind == .regular else {
        sink.noticed("the claim \(name) is no plain file; it stays where it is")
        return
      }
      // The file is one that we made ourselves, in a directory where nobody else makes names. A writer who gave it a
      // second name elsewhere must not hold the others' lines up; its owner then says less.
      let principal = Principal(
        attestation: .fileOwner, uid: status.uid, gid: status.gid,
        isShared: status.isWritableByOthers || status.links != 1)
      journal = LineJournal(
        name: name, file: consume file, route: .runFile, principal: principal, limit: settings.messageLimit,
        source: self, sink: sink, reader: reader, buffer: buffer)
    } catch { if error != .noSuchFile { sink.noticed("cannot open the claim \(name): \(error)") } }
  }

  private func retire(_ finished: LineJournal) {
    journal = nil
    do throws(Errno) { try claimed?.unlinkIfPresent(finished.name) } catch {
      sink.noticed("cannot remove the finished claim \(finished.name): \(error)")
      return
    }
    StopPoint.lineRetired.pass()
    removeClaims()
    sink.retired(idPrefix: finished.name)
  }

  /// The last object of a transport that is gone for good; only an empty one goes.
  private func removeClaims() {
    guard isLeaving, claimer == nil, !isRemoving, waiting.isEmpty, journal == nil else { return }
    try? directory.removeDirectory(settings.claimedName)
  }

  package func settle(_ id: String) {
    journal?.settle(id)
    advance()
  }
}
