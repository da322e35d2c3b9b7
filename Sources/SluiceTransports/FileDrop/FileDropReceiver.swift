package import SluiceChannel
internal import SluicePolicy
package import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// The receiving side of the file-drop transport: claims what legacy writers leave at fixed paths.
///
/// A drop's claim is its journal: the claimed file stays until each message of it is settled, its name is the
/// messages' id, and what a killed process left in the claim directory is found at the next start.
package final class FileDropReceiver: ReceivingSide, DropSource {
  struct Claim {
    let slot: Int
    let since: Int64
    /// Ids that are handed on and not settled; nil before that.
    var unsettled: Set<String>?
    /// Its writer took so long that it does not count against the limit.
    var isUncounted = false
    /// Found at the start: who wrote it before that, nobody has seen.
    var isEarlier = false
    /// Its name in the claim directory.
    var file: String
    /// Which file it is, where it may have other names.
    var identity: FileStatus.Identity?
    /// What of a file that lingers is this claim's.
    var taken: TakenName?
    /// It came through the gate; true where several wrote it together all the same.
    var isContended: Bool?
    /// Open still, as it was read.
    var held: HeldClaim?
  }

  package let kind = TransportKind.fileDrop
  let settings: FileDropSettings
  let reactor: Reactor
  weak var sink: (any MessageSink)?
  let reader = MessageReader()
  var directories: [ClaimDirectory] = []
  var claimer: DropClaimer?
  var witness: DropWitness?
  var claims: [String: Claim] = [:]
  /// Claims that are not handed on yet, oldest first.
  var waiting: [String] = []
  var parked = ParkedClaims()
  var fragments = Fragments()
  /// Further claims that one message was joined from, by the first one's name.
  var companions: [String: [String]] = [:]
  /// Files that have a message already and stay at their paths, or did a moment ago.
  var standing: [FileStatus.Identity: Standing] = [:]
  let lingering = LingeringSlots()
  lazy var lateWrites = makeLateWrites()
  /// Claims that are kept open: beyond that they are not, and late writers to them are not seen.
  lazy var mostOpen = min(64, Process.openFilesLimit / 4)
  var openCount = 0
  var lastLateName: UInt64 = 0
  /// Told of once: it is tried again many times a second.
  var lateTrouble: Errno?
  /// Where openers are let in one at a time.
  package var gate: OpenGate?
  /// Stands at a slot in a drop's stead.
  package var standIn: FIFOStandIn?
  var dropGate: DropGate?
  var isHolding: Bool
  var isPaused = false
  var retry: TimerQueue.Ticket?
  var retryDelay: Int64 = 0
  var isLooking = false
  var isLookDue = false
  /// Claimer threads that have not ended yet.
  var claimers = 0
  /// Told when the drop directory is lost: the process must start anew.
  package var lost: ((String) -> Void)?
  /// Told of each claim that is not empty, before it is handed on.
  package var claimed: ((String, FileDropSettings.Slot) -> Void)?
  /// Told once for each spell in which a drop cannot be claimed: its path, the error, and what to do.
  package var refused: ((String, Errno, String) -> Void)?

  /// What happened to files at the slots, for counting.
  package enum Count: Equatable, Sendable {
    case taken
    case empty
    /// Gone before they could be claimed.
    case overwritten(Int)
  }
  package var counted: ((FileDropSettings.Slot, Count) -> Void)?
  /// Told when events were lost since that moment, in nanoseconds since 1970.
  package var overflowed: ((Int64) -> Void)?

  /// Claims of an earlier process of which the sink has parts already: they are finished even while it has no room,
  /// since what it has of them can go nowhere before.
  package var begun: Set<String> = []

  /// Claims of an earlier process.
  package private(set) var found: Set<String> = []

  package init(settings: FileDropSettings, reactor: Reactor, sink: any MessageSink, isHolding: Bool = false) {
    self.settings = settings
    self.reactor = reactor
    self.sink = sink
    self.isHolding = isHolding
  }

  deinit {
    claimer?.stop()
    witness?.stop()
  }

  /// After `close` also that the claimer's thread has ended: until then it may still claim.
  package var isIdle: Bool { claims.isEmpty && (claimer != nil || claimers == 0) }
  package var pendingCount: Int { claims.count }
  /// Whether this claim's messages could come again.
  /// Claims that are not handed on yet.
  package var unreadClaims: [String] { claims.filter { $0.value.unsettled == nil }.map(\.key) }
  package func holds(claim name: String) -> Bool { claims[name] != nil }

  package func open() throws(TransportFailure) {
    guard claimer == nil else { return }
    // Those of an earlier opening are still held, and locked.
    if directories.isEmpty {
      directories = try openDirectories()
      for trouble in Set(directories.compactMap { LeaseProbe.trouble(in: $0.claims) }) { sink?.noticed(trouble) }
    }
    if witness == nil { startWitness() }
    do throws(Errno) {
      let reports = try Mailbox<DropClaimer.Report>()
      let claimer = DropClaimer(
        directories: directories, settings: settings, reports: reports, isHolding: isHolding || isPaused,
        lingering: lingering, standIn: standIn)
      if let standIn { try standIn.stand(in: directories[standIn.slot]) }
      try findGated()
      try findEarlier()
      try findLingering()
      begun.formIntersection(claims.keys)
      claimer.found(claims.values.count { !$0.isUncounted })
      try ClaimReports.connect(claimer, to: self)
      if let gate {
        let dropGate = try DropGate(
          gate: gate, directories: directories, settings: settings, reports: reports, claimed: { claimer.found(1) },
          mayTake: { claimer.mayTake })
        claimer.gate(by: dropGate)
        try dropGate.start()
        self.dropGate = dropGate
      }
      try claimer.start()
      claimers += 1
      self.claimer = claimer
    } catch { throw TransportFailure(error, doing: "watch", path: settings.slots.first?.directory ?? "") }
    look()
  }

  func startWitness() {
    do throws(Errno) {
      witness = try DropWitness.start(directories, settings.slots, reactor: reactor)
    } catch {
      sink?.noticed(
        "no witness of concurrent writers (\(error)): two clients that write at once may leave a mix that parses;"
          + " CAP_SYS_ADMIN and Linux 5.17 would show it")
    }
  }

  func openDirectories() throws(TransportFailure) -> [ClaimDirectory] {
    var byPath: [String: ClaimDirectory] = [:]
    var opened: [ClaimDirectory] = []
    for slot in settings.slots {
      if byPath[slot.directory] == nil {
        byPath[slot.directory] = try ClaimDirectory.open(beside: slot.directory, name: settings.privateName) { taken in
          sink?.noticed("\(taken) is not ours alone: claims are kept beside it, under a name with random digits")
        }
      }
      if let directory = byPath[slot.directory] { opened.append(directory) }
    }
    return opened
  }

  func findEarlier() throws(Errno) {
    for (index, slot) in settings.slots.enumerated() {
      for file in try directories[index].claims.names() {
        let taken = TakenName(file)
        let name = taken?.claim ?? file
        guard ClaimName.time(of: name, prefix: slot.prefix) != nil, claims[name] == nil else { continue }
        add(name, slot: index, file: file)
        claims[name]?.isEarlier = true
        found.insert(name)
        claims[name]?.taken = taken
        claims[name]?.identity = try directories[index].claims.status(of: file)?.identity
      }
    }
    waiting.sort { $0.dropFirst() < $1.dropFirst() }
  }

  func add(_ name: String, slot: Int, file: String? = nil) {
    claims[name] = Claim(slot: slot, since: Clock.monotonic, file: file ?? name)
    if mayLinger { claims[name]?.identity = (try? directories[slot].claims.status(of: name))??.identity }
    // Two threads claim, and their reports may pass each other.
    let isLate = waiting.last.map { $0.dropFirst() > name.dropFirst() } ?? false
    let place = isLate ? waiting.firstIndex { $0.dropFirst() > name.dropFirst() } : nil
    waiting.insert(name, at: place ?? waiting.count)
  }

  package func close(removingObjects: Bool) {
    dropGate?.stop()
    lateWrites.end()
    claimer?.stop()
    claimer = nil
    // What is still examined after this says that nobody saw its writers.
    witness?.stop()
    witness = nil
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

  func take(_ report: DropClaimer.Report) {
    switch report {
    case .claimed(let name, let slot):
      // After a reopening it may have been found in the directory already.
      guard claims[name] == nil else {
        claimer?.settledOne()
        return
      }
      add(name, slot: slot)
      counted?(settings.slots[slot], .taken)
      lookSoon()
    case .gated(let name, let slot, let isContended):
      guard claims[name] == nil else {
        claimer?.settledOne()
        return
      }
      add(name, slot: slot)
      claims[name]?.isContended = isContended
      counted?(settings.slots[slot], .taken)
      lookSoon()
    case .overwritten(let number, let slot): counted?(settings.slots[slot], .overwritten(number))
    case .overflowed(let since): overflowed?(since)
    case .writerClosed: lookSoon()
    case .movedAside(let name, let slot, let place):
      claims[name] = Claim(slot: slot, since: Clock.monotonic, file: name)
      refuse(
        name, "a directory of another user's stood at the path; it is now \(settings.slots[slot].directory)/\(place)")
    case .refused(let trouble):
      sink?.noticed(trouble.text)
      refused?(trouble.path, trouble.error, trouble.advice)
    case .noticed(let text): sink?.noticed(text)
    case .lost(let reason): lost?(reason)
    case .watching: break
    case .ended: claimers -= 1
    }
  }
}
