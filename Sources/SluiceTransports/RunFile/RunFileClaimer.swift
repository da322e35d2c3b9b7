internal import SluiceReactor
internal import SluiceSystem
private import Synchronization

/// The thread of a run-file receiver: it waits for the lock, which may take long, and claims by rename.
final class RunFileClaimer: Sendable {
  enum Report: Sendable {
    /// A claimed file lies in the claimed directory under this name.
    case claimed(String)
    case noticed(String)
    case ended
  }

  /// How long a writer may hold the lock before it is reported, in nanoseconds.
  private static let lockPatience: Int64 = 2_000_000_000

  private let directory: Directory
  private let claimed: Directory
  private let settings: RunFileSettings
  private let reports: Mailbox<Report>
  private let isStopping = Atomic<Bool>(false)
  private let interrupter = Mutex<DirectoryWatch.Interrupter?>(nil)

  init(
    directory: consuming Directory, claimed: consuming Directory, settings: RunFileSettings, reports: Mailbox<Report>
  ) {
    self.directory = directory
    self.claimed = claimed
    self.settings = settings
    self.reports = reports
  }

  func start() throws(Errno) { try SystemThread.start("run-file") { [self] in run() } }

  func stop() {
    isStopping.store(true, ordering: .releasing)
    interrupter.withLock { $0?.interrupt() }
  }

  private func run() {
    let watch = makeWatch()
    var last: UInt64 = 0
    while !isStopping.load(ordering: .acquiring) {
      claim(&last)
      // Events are hints: whatever comes, or nothing for a second, the directory is looked at.
      if let watch { watch.wait(milliseconds: 1000) { _ in } } else { Wait.pause(nanoseconds: 100_000_000) }
    }
    interrupter.withLock { $0 = nil }
    reports.post(.ended)
  }

  private func makeWatch() -> DirectoryWatch? {
    do throws(DirectoryWatch.Failure) {
      let watch = try DirectoryWatch()
      _ = try watch.add(directory)
      let handle: DirectoryWatch.Interrupter
      do throws(Errno) { handle = try watch.interrupter() } catch { throw .system(error, doing: "watch") }
      interrupter.withLock { $0 = handle }
      return watch
    } catch {
      reports.post(.noticed("\(directory.path): \(error); looking ten times a second instead"))
      return nil
    }
  }

  /// One claim, if there is something to claim.
  private func claim(_ last: inout UInt64) {
    do throws(Errno) {
      guard let found = try directory.status(of: settings.fileName) else { return try recreate() }
      guard found.kind == .regular else {
        reports.post(
          .noticed("\(directory.path)/\(settings.fileName) is a \(found.kind.rawValue); it is not opened: remove it"))
        return
      }
      guard found.size > 0 else { return }
      try claimLocked(&last)
    } catch { reports.post(.noticed("cannot claim \(directory.path)/\(settings.fileName): \(error)")) }
  }

  private func claimLocked(_ last: inout UInt64) throws(Errno) {
    let deadline = Clock.monotonic + Self.lockPatience
    let lock: OwnedDescriptor
    do throws(RunFileLock.Failure) {
      lock = try RunFileLock.take(settings.lockName, in: directory, mode: settings.mode, before: deadline)
    } catch {
      switch error {
      case .heldTooLong:
        let pids = RunFileLock.holders(of: settings.lockName, in: directory).map(String.init).joined(separator: ", ")
        reports.post(
          .noticed(
            "\(directory.path)/\(settings.lockName) has been held for over 2 s"
              + (pids.isEmpty ? "" : " by process \(pids)") + "; waiting"))
        return
      case .system(let error): throw error
      }
    }
    _ = lock.raw  // held until the end of this function
    guard let found = try directory.status(of: settings.fileName), found.kind == .regular, found.size > 0 else {
      return
    }
    let name = ClaimName.next(prefix: "r", after: &last)
    try directory.claim(settings.fileName, into: claimed, as: name)
    try recreate()
    reports.post(.claimed(name))
  }

  /// Puts an empty file with the right mode and owner back, so that no writer's umask decides.
  private func recreate() throws(Errno) {
    do throws(Errno) {
      let file = try directory.open(settings.fileName, .createNew(mode: settings.mode))
      try file.setMode(settings.mode)
      if let owner = settings.owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
    } catch { if error != .exists { throw error } }
  }
}
