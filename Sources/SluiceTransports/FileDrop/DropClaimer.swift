internal import SluiceReactor
internal import SluiceSystem
internal import Synchronization

/// The thread that claims drops: nothing but the directory watch and rename, so that a slot is free again at once.
///
/// Events are hints, the directory is the truth: any event, overflow, time-out or start leads to one action, to try to
/// claim every slot. Claiming at the first event rather than at close costs the writer nothing, since it goes on
/// writing into the claimed inode, and loses far fewer messages of competing writers.
final class DropClaimer: Sendable {
  enum Report: Sendable {
    case claimed(String, slot: Int)
    /// The copy of what one opener wrote, or of what several wrote that had to be let in together.
    case gated(String, slot: Int, isContended: Bool)
    /// Another user's directory, which may not leave its own: renamed where it was, nothing in it touched.
    case movedAside(String, slot: Int, as: String)
    case refused(ClaimTrouble)
    /// A writer of a claimed file closed it.
    case writerClosed
    case noticed(String)
    /// Files that came to a slot and were gone before they could be claimed.
    case overwritten(Int, slot: Int)
    /// Events were lost since that moment, in nanoseconds since 1970.
    case overflowed(since: Int64)
    /// The drop directory is not what it was: start anew.
    case lost(String)
    /// Rings when an event comes.
    case watching(DirectoryWatch.Bell)
    /// The last report.
    case ended
  }

  /// Nanoseconds between looks at where the path leads: an over-mount gives no event at all.
  private static let pathInterval: Int64 = 1_000_000_000
  private static let mostAtOnce = 64

  let directories: [ClaimDirectory]
  let settings: FileDropSettings
  let slotNames: [[UInt8]]
  let reports: Mailbox<Report>
  let isStopping = Atomic<Bool>(false)
  private let isHolding: Atomic<Bool>
  let lingering: LingeringSlots
  /// Stands at one of the slots and is no drop.
  private let standIn: FIFOStandIn?
  /// Takes what is opened at a slot; what comes there otherwise is taken here and handed to it.
  private let gateHolder = Lock<DropGate?>(nil)
  private let pending = Atomic<Int>(0)
  let interrupter = Lock<DirectoryWatch.Interrupter?>(nil)
  let memory: Lock<Memory>

  /// - Parameter directories: one for each slot, in the same order.
  init(
    directories: [ClaimDirectory], settings: FileDropSettings, reports: Mailbox<Report>, isHolding: Bool,
    lingering: LingeringSlots, standIn: FIFOStandIn? = nil
  ) {
    self.standIn = standIn
    self.directories = directories
    self.settings = settings
    slotNames = settings.slots.map { Array($0.name.utf8) }
    self.reports = reports
    self.isHolding = Atomic(isHolding)
    self.lingering = lingering
    memory = Lock(Memory(arrivals: [ArrivalCount](repeating: ArrivalCount(), count: settings.slots.count)))
  }

  func gate(by gate: DropGate) { gateHolder.withLock { $0 = gate } }
  /// Whether a drop may be claimed now.
  var mayTake: Bool {
    !isHolding.load(ordering: .acquiring) && hasRoom
  }
  var hasRoom: Bool { pending.load(ordering: .relaxed) < settings.pendingLimit }

  func start() throws(Errno) { try SystemThread.start("claimer", keepsUrgency: true) { [self] in run() } }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    wake()
  }

  /// While it holds, drops stay in their slots for whoever reads them there.
  func hold(_ holding: Bool) {
    isHolding.store(holding, ordering: .releasing)
    if holding { gateHolder.withLock { $0 }?.forgetDrafts() }
    wake()
  }

  func settledOne() {
    if pending.subtract(1, ordering: .relaxed).oldValue >= settings.pendingLimit { wake() }
  }
  /// Claims that count against the limit.
  func found(_ count: Int) { _ = pending.add(count, ordering: .relaxed) }

  func wake() { interrupter.withLock { $0?.interrupt() } }

  private func run() {
    serve()
    memory.withLock { endLingering(&$0.last) }
    interrupter.withLock { $0 = nil }
    reports.post(.ended)
  }

  /// What is kept in mind from one look to the next. Whoever claims holds it, so that names are in the order of claims.
  struct Memory {
    var last: UInt64 = 0
    /// The random parts of the next names: most looks find nothing and use none.
    var tokens = Random.tokens()
    var token: String { tokens.last ?? "" }
    var complaints = Complaints()
    var arrivals: [ArrivalCount]

    mutating func nextName(_ prefix: Character) -> String { ClaimName.next(prefix: prefix, after: &last, token: token) }
    mutating func claimed(_ slot: Int, _ path: String) {
      tokens.removeLast()
      if tokens.isEmpty { tokens = Random.tokens() }
      complaints.end(path)
      arrivals[slot].claimed()
    }
  }

  private func serve() {
    var watch: Watches?
    var hasComplained = false
    var nextLook: Int64 = .min
    var news = News()
    while !isStopping.load(ordering: .acquiring) {
      // Tried again and again: an earlier receiver's watch may be about to go.
      if watch == nil { watch = makeWatch(&hasComplained) }
      if isHolding.load(ordering: .acquiring) {
        memory.withLock { memory in
          for slot in memory.arrivals.indices { memory.arrivals[slot].forget() }
          endLingering(&memory.last)
        }
      }
      if news.mayBeAtSlots { claimAll() }
      news = watch.map { wait($0) } ?? News()
      var gone = news.gone
      if watch == nil { Wait.pause(nanoseconds: 50_000_000) }
      if Clock.monotonic >= nextLook {
        nextLook = Clock.monotonic + Self.pathInterval
        for (slot, directory) in zip(settings.slots, directories) where !directory.isStillReached(by: slot.directory) {
          gone = "another directory stands at \(slot.directory) now"
        }
      }
      if let gone { return reports.post(.lost(gone)) }
    }
  }

  /// Claims on the reactor's thread, which an event wakes at the same time as the claimer's own: the one that is awake
  /// first does it. Whatever is out of the ordinary is left to the claimer.
  /// - Returns: what is not reported otherwise; nil while the claimer's thread is at it, whose letters are about to come.
  func claimNow() -> [(name: String, slot: Int)]? {
    guard settings.linger == nil, standIn == nil, !isStopping.load(ordering: .acquiring),
      gateHolder.withLock({ $0 == nil })
    else { return [] }
    return memory.withLockIfAvailable { memory in
      var claimed: [(name: String, slot: Int)] = []
      for (index, slot) in settings.slots.enumerated() where mayTake {
        let name = memory.nextName(slot.prefix)
        guard (try? directories[index].drop.claim(slot.name, into: directories[index].claims, as: name)) != nil else {
          continue
        }
        StopPoint.dropClaimed.pass()
        memory.claimed(index, slot.path)
        _ = pending.add(1, ordering: .relaxed)
        claimed.append((name, index))
      }
      return claimed
    }
  }

  private func claimAll() {
    guard !isHolding.load(ordering: .acquiring) else { return }
    memory.withLock { claimAll(&$0) }
  }

  /// Where nobody claims at this moment: `claimAll` follows when the events are read.
  func claimAtOnce() {
    guard !isHolding.load(ordering: .acquiring) else { return }
    _ = memory.withLockIfAvailable { claimAll(&$0) }
  }

  private func claimAll(_ memory: inout Memory) {
    let gate = gateHolder.withLock { $0 }
    for (index, slot) in settings.slots.enumerated() {
      for _ in 0..<Self.mostAtOnce {
        guard pending.load(ordering: .relaxed) < settings.pendingLimit else { return }
        var name = memory.nextName(slot.prefix)
        do throws(Errno) {
          if let gate {
            guard let claim = try gate.take(slot: index) else {
              memory.claimed(index, slot.path)
              continue
            }
            name = claim
          } else if try !claim(index, as: name, &memory.complaints) {
            // What came there is our own.
            if standIn?.slot == index { memory.arrivals[index].forget() }
            break
          }
        } catch {
          if error == .noSuchFile {
            memory.complaints.end(slot.path)
            for _ in 0..<(gate?.takeCount(of: index) ?? 0) { memory.arrivals[index].claimed() }
            let lost = memory.arrivals[index].foundEmpty()
            if lost > 0 { reports.post(.overwritten(lost, slot: index)) }
          } else if error == .permissionDenied, moveAside(index, slot, name) {
            continue
          } else {
            complain(error, index, slot, &memory.complaints)
          }
          break
        }
        StopPoint.dropClaimed.pass()
        memory.claimed(index, slot.path)
        _ = pending.add(1, ordering: .relaxed)
        reports.post(.claimed(name, slot: index))
      }
    }
  }

  /// - Returns: false where what stands at the slot is to be left there.
  private func claim(_ index: Int, as name: String, _ complaints: inout Complaints) throws(Errno) -> Bool {
    let slot = settings.slots[index]
    if let standIn, standIn.slot == index {
      return try standIn.claim { () throws(Errno) in
        try directories[index].drop.claim(slot.name, into: directories[index].claims, as: name)
      }
    }
    if settings.linger != nil {
      do throws(Errno) { return try claimLingering(index, as: name) } catch {
        guard [.notPermitted, .notSupported, .tooManyHardLinks].contains(error) else { throw error }
        if complaints.begin("\(slot.path) lingers", error, at: Clock.monotonic) {
          reports.post(
            .noticed(
              "a drop at \(slot.path) cannot stay readable (a second name is refused: \(error)): it is taken away at"
                + " once; fs.protected_hardlinks refuses it for others' files without CAP_FOWNER"))
        }
      }
    }
    try directories[index].drop.claim(slot.name, into: directories[index].claims, as: name)
    return true
  }

  /// A directory changes its parent only with the right to write in it, which we lack; its name we may change.
  private func moveAside(_ index: Int, _ slot: FileDropSettings.Slot, _ name: String) -> Bool {
    let drop = directories[index]
    guard (try? drop.drop.status(of: slot.name))??.kind == .directory else { return false }
    let aside = ".rejected-\(name)"
    guard (try? drop.drop.claim(slot.name, into: drop.drop, as: aside)) != nil else { return false }
    _ = pending.add(1, ordering: .relaxed)
    reports.post(.movedAside(name, slot: index, as: aside))
    return true
  }

  /// Once for each spell of trouble, not once a sweep, and not for spells that somebody makes one after the other.
  private func complain(
    _ error: Errno, _ index: Int, _ slot: FileDropSettings.Slot, _ complaints: inout Complaints
  ) {
    guard complaints.begin(slot.path, error, at: Clock.monotonic) else { return }
    var trouble = ClaimTrouble(
      path: slot.path, error: error, user: Process.effectiveUser, capabilities: (try? Capabilities.effective) ?? [])
    trouble.found = (try? directories[index].drop.status(of: slot.name)) ?? nil
    trouble.directory = try? directories[index].drop.descriptor.status()
    reports.post(.refused(trouble))
  }
}
