internal import SluiceReactor
internal import SluiceSystem
private import Synchronization

/// The thread of a run-file receiver: it waits for the lock, which may take long, and claims by rename.
final class RunFileClaimer: Sendable {
  enum Report: Sendable {
    /// A claimed file lies in the claimed directory under this name.
    case claimed(String)
    /// So does one that was no run-file, and that its writer may have open.
    case claimedLate(String)
    case noticed(String)
    /// Lock and file are gone, with what was in them claimed; what comes later is late.
    case removed
    /// The last report.
    case ended
  }

  /// What the thread is to do.
  private enum Order: UInt8 {
    case serve
    case leave
    case removeAndLeave
    case removeAndWatch
  }

  /// How long a writer may hold the lock before it is reported, in nanoseconds.
  private static let lockPatience: Int64 = 2_000_000_000

  private let directory: Directory
  private let claimed: Directory
  private let settings: RunFileSettings
  private let sight: any ProcessSight
  private let reports: Mailbox<Report>
  private let order = Atomic<UInt8>(Order.serve.rawValue)
  private let strays = Lock<[String]>([])
  private let kept = Lock<[String]>([])
  private let interrupter = Lock<DirectoryWatch.Interrupter?>(nil)

  init(
    directory: consuming Directory, claimed: consuming Directory, settings: RunFileSettings, sight: any ProcessSight,
    reports: Mailbox<Report>
  ) {
    self.sight = sight
    self.directory = directory
    self.claimed = claimed
    self.settings = settings
    self.reports = reports
  }

  func start() throws(Errno) { try SystemThread.start("run-file") { [self] in run() } }

  /// Ends the thread. With `removingObjects` it first takes what is in the file, under the lock, and removes file and
  /// lock: a writer that was told yes must not be left with bytes in a file without a name.
  func stop(removingObjects: Bool) { give(removingObjects ? .removeAndLeave : .leave) }

  /// As `stop` with removal; goes on with taking what writers leave who do not know it yet, until `stop`.
  func watchLate() { give(.removeAndWatch) }

  private func give(_ order: Order) {
    self.order.store(order.rawValue, ordering: .releasing)
    interrupter.withLock { $0?.interrupt() }
  }

  private func isOrdered(_ wanted: Order...) -> Bool {
    let order = order.load(ordering: .acquiring)
    return wanted.contains { $0.rawValue == order }
  }

  /// Names at which nothing is read any more: what writers who do not know that leave there is claimed too.
  func takeAlso(_ names: [String]) { strays.withLock { $0 = names } }

  /// Names that stay when the objects are removed, since they were there before: what is in the file is taken all the same.
  func keep(_ names: [String]) { kept.withLock { $0 = names } }
  private func isKept(_ name: String) -> Bool { kept.withLock { $0.contains(name) } }

  private func run() {
    var last: UInt64 = 0
    serve(&last)
    if isOrdered(.removeAndLeave, .removeAndWatch) {
      removeObjects(&last)
      reports.post(.removed)
    }
    if isOrdered(.removeAndWatch) { watch(&last) }
    reports.post(.ended)
  }

  private func serve(_ last: inout UInt64) {
    var watch: DirectoryWatch?
    var hasComplained = false
    while isOrdered(.serve) {
      // Tried again and again: an earlier receiver's watch may be about to go.
      if watch == nil { watch = makeWatch(&hasComplained) }
      claim(&last)
      for name in strays.withLock({ $0 }) { claimStray(name, &last) }
      // Events are hints: whatever comes, or nothing for a second, the directory is looked at.
      if let watch { watch.wait(milliseconds: 1000) { _ in } } else { Wait.pause(nanoseconds: 50_000_000) }
    }
    interrupter.withLock { $0 = nil }
  }

  private func watch(_ last: inout UInt64) {
    var watch: DirectoryWatch?
    var hasComplained = false
    while isOrdered(.removeAndWatch) {
      if watch == nil { watch = makeWatch(&hasComplained) }
      claimLate(&last)
      for name in strays.withLock({ $0 }) { claimStray(name, &last) }
      if let watch { watch.wait(milliseconds: 1000) { _ in } } else { Wait.pause(nanoseconds: 50_000_000) }
    }
    interrupter.withLock { $0 = nil }
  }

  private func makeWatch(_ hasComplained: inout Bool) -> DirectoryWatch? {
    do throws(DirectoryWatch.Failure) {
      let watch = try DirectoryWatch()
      _ = try watch.add(directory)
      let handle: DirectoryWatch.Interrupter
      do throws(Errno) { handle = try watch.interrupter() } catch { throw .system(error, doing: "watch") }
      interrupter.withLock { $0 = handle }
      // An order that came before the handle was there has interrupted nothing.
      if isOrdered(.leave, .removeAndLeave) { handle.interrupt() }
      return watch
    } catch {
      if !hasComplained, error != .alreadyInUse {
        hasComplained = true
        reports.post(.noticed("\(directory.path): \(error); looking twenty times a second instead"))
      }
      return nil
    }
  }

  /// One claim, if there is something to claim.
  private func claim(_ last: inout UInt64) {
    do throws(Errno) {
      if try directory.status(of: settings.lockName) == nil { try restore(settings.lockName) }
      let found = try directory.status(of: settings.fileName)
      if let found, found.kind != .regular {
        reports.post(
          .noticed("\(directory.path)/\(settings.fileName) is a \(found.kind.rawValue); it is not opened: remove it"))
        return
      }
      // An absent file is made again under the lock too: whoever holds it may be about to.
      guard found?.size != 0, let lock = try takeLock() else { return }
      _ = try claimLocked(&last)
      if try directory.status(of: settings.fileName) == nil { try restore(settings.fileName) }
      _ = lock.raw  // held until here
    } catch { reports.post(.noticed("cannot claim \(directory.path)/\(settings.fileName): \(error)")) }
  }

  /// At once, as with a drop: the next writer gets a new file, and this one's goes on in the claimed one.
  private func claimStray(_ stray: String, _ last: inout UInt64) {
    do throws(Errno) {
      guard try directory.status(of: stray)?.kind == .regular else { return }
      try claimAside(stray, &last)
    } catch {
      guard error != .noSuchFile else { return }
      reports.post(.noticed("cannot claim \(directory.path)/\(stray): \(error)"))
    }
  }

  /// A line that came after the removal, to a file that its writer made: under the lock, where there is one. Objects that
  /// are empty are left alone: somebody may be about to open the transport again.
  private func claimLate(_ last: inout UInt64) {
    do throws(Errno) {
      guard let found = try directory.status(of: settings.fileName), found.kind == .regular, found.size > 0 else {
        return
      }
      guard try directory.status(of: settings.lockName) != nil else { return try claimAside(settings.fileName, &last) }
      guard let lock = try takeLock() else { return }
      try claimAside(settings.fileName, &last)
      if isKept(settings.fileName) { try restore(settings.fileName) }
      _ = lock.raw  // held until here
    } catch {
      guard error != .noSuchFile else { return }
      reports.post(.noticed("cannot claim \(directory.path)/\(settings.fileName): \(error)"))
    }
  }

  /// The directory of claims may have gone with the others, and goes again when it is empty.
  private func claimAside(_ from: String, _ last: inout UInt64) throws(Errno) {
    let name = ClaimName.next(prefix: "r", after: &last)
    do throws(Errno) { try directory.makeDirectory(settings.claimedName, mode: 0o700) } catch {
      if error != .exists { throw error }
    }
    try directory.claim(from, into: try directory.directory(settings.claimedName), as: name)
    reports.post(.claimedLate(name))
  }

  private func takeLock() throws(Errno) -> OwnedDescriptor? {
    let deadline = Clock.monotonic + Self.lockPatience
    do throws(RunFileLock.Failure) {
      return try RunFileLock.take(settings.lockName, in: directory, creating: settings.mode, before: deadline)
    } catch {
      switch error {
      case .heldTooLong:
        let holders = RunFileLock.holders(of: settings.lockName, in: directory, seenBy: sight)
        reports.post(
          .noticed(
            "\(directory.path)/\(settings.lockName) has been held for over 2 s\(holders.phrase); waiting"))
        return nil
      case .system(let error): throw error
      }
    }
  }

  /// Under the lock: false when there was nothing to claim.
  private func claimLocked(_ last: inout UInt64) throws(Errno) -> Bool {
    guard let found = try directory.status(of: settings.fileName), found.kind == .regular, found.size > 0 else {
      return false
    }
    let name = ClaimName.next(prefix: "r", after: &last)
    try directory.claim(settings.fileName, into: claimed, as: name)
    StopPoint.lineClaimed.pass()
    reports.post(.claimed(name))
    return true
  }

  /// Puts an empty file with the right mode and owner back, so that no writer's umask decides.
  private func restore(_ name: String) throws(Errno) {
    do throws(Errno) {
      let file = try directory.open(name, .createNew(mode: settings.mode))
      try file.setMode(settings.mode)
      if let owner = settings.owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
    } catch { if error != .exists { throw error } }
  }

  private func removeObjects(_ last: inout UInt64) {
    do throws(Errno) {
      guard let lock = try takeLock() else { return }
      if try claimLocked(&last) {
        if isKept(settings.fileName) { try restore(settings.fileName) }
      } else if !isKept(settings.fileName), try directory.status(of: settings.fileName)?.kind == .regular {
        try directory.unlinkIfPresent(settings.fileName)
      }
      if !isKept(settings.lockName) { try directory.unlinkIfPresent(settings.lockName) }
      _ = lock.raw  // held until here
    } catch { reports.post(.noticed("cannot remove \(directory.path)/\(settings.fileName): \(error)")) }
  }
}
