internal import SluiceReactor
internal import SluiceSystem
private import Synchronization

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
  private static let mostFiles = 4096

  /// An opener that waits, or is in.
  final class Opener: Sendable {
    let file: OwnedDescriptor
    let owner: Owner
    init(_ file: consuming OwnedDescriptor, _ owner: Owner) {
      self.file = file
      self.owner = owner
    }
  }
  private struct File {
    let slot: Int
    /// Its name in the directory of gated files; nil where it was gone when it was opened.
    var name: String?
    var turns = GateTurns<Opener>()
    var last: Opener?
    /// Whose message it is that is being written.
    var owner = Owner(uid: 0, gid: 0)
    var touched: Int64
  }
  private struct State {
    var files: [FileStatus.Identity: File] = [:]
    var lastName: UInt64 = 0
  }

  private let gate: OpenGate
  private let directories: [ClaimDirectory]
  private let settings: FileDropSettings
  private let reports: Mailbox<DropClaimer.Report>
  private let claimed: @Sendable () -> Void
  private let mayTake: @Sendable () -> Bool
  private let isStopping = Atomic<Bool>(false)
  private let state = Lock(State())

  /// - Parameters:
  ///   - claimed: a copy counts against the limit from now on.
  ///   - mayTake: whether drops are to be claimed at all; everybody is let in where not.
  init(
    gate: OpenGate, directories: [ClaimDirectory], settings: FileDropSettings, reports: Mailbox<DropClaimer.Report>,
    claimed: @escaping @Sendable () -> Void, mayTake: @escaping @Sendable () -> Bool
  ) {
    self.gate = gate
    self.directories = directories
    self.settings = settings
    self.reports = reports
    self.claimed = claimed
    self.mayTake = mayTake
  }

  func start() throws(Errno) {
    for directory in directories {
      try gate.watch(directory.drop)
      try gate.watch(directory.gated)
    }
    try SystemThread.start("gate") { [self] in run() }
  }

  func stop() { isStopping.store(true, ordering: .releasing) }

  private func run() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while !isStopping.load(ordering: .acquiring) {
      gate.beat()
      gate.wait(milliseconds: Self.tick, buffer: &buffer) { take($0, $1, $2) }
      let now = Clock.monotonic
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
      let opener = Opener(file, owner)
      state.withLock { opened(&$0, opener, status, now) }
    } else {
      state.withLock { state in
        guard var file = state.files.removeValue(forKey: status.identity) else { return }
        file.touched = now
        perform(file.turns.closed(at: now), &file, &state)
        state.files[status.identity] = file
      }
    }
  }

  private func opened(_ state: inout State, _ opener: Opener, _ status: FileStatus, _ now: Int64) {
    var file = state.files.removeValue(forKey: status.identity)
    if file == nil, mayTake(), state.files.count < Self.mostFiles { file = adopt(&state, opener, status, now) }
    guard var file else { return gate.allow(opener.file) }
    file.touched = now
    perform(file.turns.opened(opener, at: now), &file, &state)
    state.files[status.identity] = file
  }

  /// A file that is opened at a slot is taken from there; what it holds already is a message of its owner's.
  private func adopt(_ state: inout State, _ opener: Opener, _ status: FileStatus, _ now: Int64) -> File? {
    if status.links == 0 { return File(slot: 0, name: nil, touched: now) }
    for (index, slot) in settings.slots.enumerated() {
      guard (try? directories[index].drop.status(of: slot.name))??.identity == status.identity else { continue }
      let name = ClaimName.next(prefix: slot.prefix, after: &state.lastName)
      do throws(Errno) {
        try directories[index].drop.claim(slot.name, into: directories[index].gated, as: name)
        // The clients that are waiting found this file; what came in its place has no opener yet.
        guard try directories[index].gated.status(of: name)?.identity == status.identity else {
          try directories[index].gated.claim(name, into: directories[index].drop, as: slot.name)
          return nil
        }
      } catch {
        reports.post(.noticed("cannot take \(slot.path) at its opening: \(error); its writer is let in ungated"))
        return nil
      }
      var file = File(slot: index, name: name, touched: now)
      if status.size > 0 {
        file.last = opener
        file.owner = Owner(uid: status.uid, gid: status.gid)
        copy(&file, &state, isContended: false)
      }
      return file
    }
    return nil
  }

  /// A file that came to a slot without being opened there (`mv`, `ln`): true where nobody writes it and it was taken.
  func adopt(slot index: Int, _ file: borrowing OwnedDescriptor) throws(Errno) {
    let status = try file.status()
    let opener = Opener(try file.duplicate(), Owner(uid: status.uid, gid: status.gid))
    state.withLock { state in
      guard state.files[status.identity] == nil,
        let adopted = adopt(&state, opener, status, Clock.monotonic)
      else { return }
      state.files[status.identity] = adopted
    }
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

  /// Makes a claim of the file's content and empties the file. The claim is reported only then: what is found in both
  /// places after a kill is one message.
  private func copy(_ file: inout File, _ state: inout State, isContended: Bool) {
    guard let opener = file.last else { return }
    let directory = directories[file.slot]
    do throws(Errno) {
      let size = try opener.file.status().size
      guard size > 0 else { return }
      let name = file.name ?? ClaimName.next(prefix: settings.slots[file.slot].prefix, after: &state.lastName)
      let draft = try directory.drafts.open(name, .createNew(mode: 0o600))
      // One over the limit is enough to be refused for it.
      let bytes = try opener.file.beginning(upTo: min(Int(clamping: size), settings.messageLimit + 4))
      try draft.writeAll(bytes)
      try draft.setOwner(uid: file.owner.uid, gid: file.owner.gid)
      try directory.drafts.claim(name, into: directory.claims, as: name)
      StopPoint.gateCopied.pass()
      try opener.file.empty()
      StopPoint.gateEmptied.pass()
      if file.name != nil {
        let next = ClaimName.next(prefix: settings.slots[file.slot].prefix, after: &state.lastName)
        try directory.gated.rename(name, to: next)
        file.name = next
      }
      claimed()
      reports.post(.gated(name, slot: file.slot, isContended: isContended))
    } catch {
      reports.post(.noticed("cannot copy what was written to \(settings.slots[file.slot].path): \(error)"))
    }
  }

  private func look(_ state: inout State, _ now: Int64) {
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
      if file.turns.isIdle, now - file.touched >= Self.keep {
        if let name = file.name { try? directories[file.slot].gated.unlinkIfPresent(name) }
        state.files[identity] = nil
      } else {
        state.files[identity] = file
      }
    }
  }
}
