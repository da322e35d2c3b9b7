internal import SluiceChannel
internal import SluiceSystem

/// One run at a time: a kernel lock, which dies with its holder, and a line that says who that is.
struct MigrationLock: ~Copyable {
  private let file: OwnedDescriptor

  static func take(_ layout: ChannelLayout, verb: String) throws(MigrationFailure) -> MigrationLock {
    let file: OwnedDescriptor
    do throws(UnsafePath) { file = try open(layout) } catch { throw MigrationFailure(.notPermitted, error.description) }
    let isTaken: Bool
    var holder = ""
    do throws(Errno) {
      isTaken = try file.tryLockExclusive()
      if isTaken {
        try file.truncate(to: 0)
        let text = "process \(Process.identifier) (\(verb), uid \(Process.effectiveUser), since \(Timestamp.now))"
        try file.writeAll(Array(text.utf8), at: 0)
      } else {
        holder = String(decoding: try file.contents(limit: 4096) ?? [], as: UTF8.self)
      }
    } catch { throw MigrationFailure(.failed, "\(layout.migrationLock): \(error)") }
    guard isTaken else {
      throw MigrationFailure(.locked, "another run holds \(layout.migrationLock): \(holder); wait for it to end")
    }
    return MigrationLock(file: file)
  }

  /// Ends it before the descriptor goes.
  func release() { try? file.unlock() }

  private static func open(_ layout: ChannelLayout) throws(UnsafePath) -> OwnedDescriptor {
    let directory = try SafePath.openDirectory(layout.stateDirectory)
    do throws(Errno) { return try directory.open("migration.lock", .readWriteCreating(mode: 0o600)) } catch {
      throw UnsafePath(component: layout.migrationLock, reason: .system(error))
    }
  }
}
