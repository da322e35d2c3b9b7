internal import SluiceReactor
internal import SluiceSystem
internal import Synchronization

/// The thread that lets writers in one at a time, so that no message is overwritten or mixed (`legacy.ingress` 'gate').
///
/// Whoever opens the file at a slot waits in open(2). The file is taken from the slot first, so that the next client gets
/// one of its own; who had found the same file by then is let in when it was closed, copied and emptied. What the
/// receiver gets as a claim is the copy, which is nobody else's, under the opener's uid.
final class DropGate: Sendable {
  /// Nanoseconds that an opener waits for a client that keeps the file open.
  private static let patience: Int64 = 700_000_000
  /// How long a file is kept after its last opener: one that found it at its path may be about to open it.
  private static let keep: Int64 = 2_000_000_000
  private static let tick: Int32 = 100
  /// Files whose openers are known at once.
  static let mostFiles = 4096

  /// An opener that waits, or is in.
  final class Opener: Sendable {
    let file: OwnedDescriptor
    let owner: Owner
    let process: Int32
    init(_ file: consuming OwnedDescriptor, _ owner: Owner, _ process: Int32) {
      self.file = file
      self.owner = owner
      self.process = process
    }
  }
  struct File {
    let slot: Int
    /// Its name in the directory of gated files; nil where it had none any more when it was opened.
    var name: String?
    var turns = GateTurns<Opener>()
    /// Through whose descriptor it is read: as long as somebody is in, or something in it may be nobody's message yet.
    var last: Opener?
    /// Whose message it is that is being written.
    var owner = Owner(uid: 0, gid: 0)
    /// It came with something in it (`mv`, `ln`) that is not copied yet.
    var isUnread = false
    /// Nobody writes it but who was let in, as far as is known: made by one of those, or looked at since.
    var isOurs = false
    /// Who has it open since before it was taken.
    var outside: [Int32] = []
    var touched: Int64
  }
  struct State {
    var files: [FileStatus.Identity: File] = [:]
    var drafts = GateDrafts()
    var lastName: UInt64 = 0
    /// Files of which we have no descriptor to read them through.
    var unopened: [FileStatus.Identity] = []
    /// What came to each slot and was taken, and not counted as that yet.
    var uncounted: [Int]
  }

  let gate: OpenGate
  let directories: [ClaimDirectory]
  let settings: FileDropSettings
  let places: GatePlaces
  let reports: Mailbox<DropClaimer.Report>
  let claimed: @Sendable () -> Void
  let mayTake: @Sendable () -> Bool
  private let isStopping = Atomic<Bool>(false)
  let wake: WakeSignal
  let state: Lock<State>

  /// - Parameters:
  ///   - claimed: a copy counts against the limit from now on.
  ///   - mayTake: whether drops are to be claimed at all; everybody is let in where not.
  init(
    gate: OpenGate, directories: [ClaimDirectory], settings: FileDropSettings, reports: Mailbox<DropClaimer.Report>,
    claimed: @escaping @Sendable () -> Void, mayTake: @escaping @Sendable () -> Bool
  ) throws(Errno) {
    self.gate = gate
    self.directories = directories
    self.settings = settings
    self.reports = reports
    self.claimed = claimed
    self.mayTake = mayTake
    places = GatePlaces(directories, settings.slots)
    wake = try WakeSignal()
    state = Lock(State(uncounted: [Int](repeating: 0, count: settings.slots.count)))
  }

  func start() throws(Errno) {
    for directory in directories {
      try gate.watch(directory.drop)
      try gate.watch(directory.gated)
    }
    try SystemThread.start("gate") { [self] in run() }
    try SystemThread.start("gate-reader") { [self] in runReader() }
  }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    wake.raise()
  }

  var isOver: Bool { isStopping.load(ordering: .acquiring) }

  private func run() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    var nextLook: Int64 = 0
    while !isOver {
      gate.beat()
      gate.wait(milliseconds: Self.tick, buffer: &buffer) { take($0, $1, $2) }
      let now = Clock.monotonic
      guard now >= nextLook else { continue }
      nextLook = now + Int64(Self.tick) * 1_000_000
      state.withLock { look(&$0, now) }
    }
    // Until the process ends nobody may wait for an answer that never comes.
    while true {
      gate.beat()
      gate.wait(milliseconds: Self.tick, buffer: &buffer) { isOpening, _, file in if isOpening { gate.allow(file) } }
    }
  }

  private func take(_ isOpening: Bool, _ process: Int32, _ file: consuming OwnedDescriptor) {
    guard process != Process.identifier, let status = try? file.status(), status.kind == .regular else {
      if isOpening { gate.allow(file) }
      return
    }
    let now = Clock.monotonic
    if isOpening {
      let owner = ProcessStat.owner(of: process) ?? Owner(uid: status.uid, gid: status.gid)
      let opener = Opener(file, owner, process)
      state.withLock { opened(&$0, opener, status, now) }
    } else {
      let closer = Opener(file, Owner(uid: status.uid, gid: status.gid), process)
      state.withLock { closed(&$0, closer, status, now) }
    }
  }

  private func opened(_ state: inout State, _ opener: Opener, _ status: FileStatus, _ now: Int64) {
    if state.files[status.identity] == nil { adopt(&state, opener, status, now) }
    guard var file = state.files.removeValue(forKey: status.identity) else {
      if status.links > 0, mayTake() { state.drafts.opened(status.identity, opener, at: now) }
      return gate.allow(opener.file)
    }
    if file.isUnread {
      // It may be about to truncate what is another's message.
      file.last = opener
      copy(&file, &state, isContended: false)
      file.isUnread = false
    }
    file.touched = now
    file.isOurs = true
    perform(file.turns.opened(opener, at: now), &file, &state)
    state.files[status.identity] = file
  }

  private func closed(_ state: inout State, _ closer: Opener, _ status: FileStatus, _ now: Int64) {
    guard var file = state.files.removeValue(forKey: status.identity) else {
      return state.drafts.closed(status.identity, by: closer.process)
    }
    file.touched = now
    if let place = file.outside.firstIndex(of: closer.process) {
      file.outside.remove(at: place)
      if file.turns.isIdle { file.isUnread = true }
    } else if !file.isUnread {
      perform(file.turns.closed(at: now), &file, &state)
    }
    if file.isUnread {
      file.last = closer
      readIfWhole(&file, &state)
    }
    state.files[status.identity] = file
  }

  private func perform(_ actions: [GateTurns<Opener>.Action], _ file: inout File, _ state: inout State) {
    for action in actions {
      switch action {
      case .allow(let opener):
        file.last = opener
        file.owner = opener.owner
        gate.allow(opener.file)
      case .copy(let isContended): copy(&file, &state, isContended: isContended)
      }
    }
  }

  private func look(_ state: inout State, _ now: Int64) {
    if mayTake() { takeReplaced(&state, now) }
    state.drafts.forgetOld(at: now)
    for (identity, found) in state.files {
      var file = found
      // An opening that failed after it was allowed has no close: nobody in it is seen by the lease.
      if file.turns.inside > 0, file.turns.waiting.isEmpty, now - file.turns.since >= Self.patience,
        let opener = file.last, opener.file.takeReadLease() == .granted
      {
        opener.file.releaseLease()
        perform(file.turns.foundEmpty(at: now), &file, &state)
      }
      perform(file.turns.lookAtPatience(Self.patience, at: now), &file, &state)
      if file.turns.isIdle {
        if file.isUnread {
          readIfWhole(&file, &state)
          if file.last == nil { open(identity, &state) }
        } else if file.name != nil, file.last != nil {
          // It could not be copied.
          copy(&file, &state, isContended: false)
        }
      }
      let isDue = file.turns.isIdle && now - file.touched >= Self.keep
      if isDue, isDone(&file, identity, &state) { state.files[identity] = nil } else { state.files[identity] = file }
    }
  }

  /// Whether nothing is in it that would go with it.
  private func isDone(_ file: inout File, _ identity: FileStatus.Identity, _ state: inout State) -> Bool {
    guard let name = file.name else { return !file.isUnread }
    let directory = directories[file.slot]
    guard let status = try? directory.gated.status(of: name) else { return true }
    // Who came without an opening at the slot may write it still, or has.
    if status.size > 0 || !file.isOurs || !file.outside.isEmpty {
      if file.isUnread || file.last == nil { open(identity, &state) }
      file.isUnread = true
      return false
    }
    try? directory.gated.unlinkIfPresent(name)
    return true
  }
}
