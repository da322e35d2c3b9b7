package import SluiceChannel
package import SluiceSystem
internal import SluiceTransports

/// One run at a time: a kernel lock, which dies with its holder, and a line that says who that is.
package struct MigrationLock: ~Copyable {
  private let file: OwnedDescriptor

  static func take(_ layout: ChannelLayout, _ identity: ChannelIdentity, verb: String) throws(MigrationFailure)
    -> MigrationLock
  {
    let file: OwnedDescriptor
    do throws(UnsafePath) { file = try open(layout, identity) } catch {
      throw MigrationFailure(.notPermitted, error.description)
    }
    let isTaken: Bool
    var holder = ""
    do throws(Errno) {
      isTaken = try file.tryLockExclusive()
      if isTaken {
        try file.truncate(to: 0)
        let text = "process \(Process.identifier) (\(verb), uid \(Process.effectiveUser), since \(Timestamp.now))"
        try file.writeAll(Array(text.utf8), at: 0)
      } else {
        holder = Self.line(try file.contents(limit: 4096) ?? [])
      }
    } catch { throw MigrationFailure(.failed, "\(layout.migrationLock): \(error)") }
    guard isTaken else {
      throw refusal(layout, holder)
    }
    return MigrationLock(file: file)
  }

  /// What is said to whom it is not given, with the holder's own word about itself.
  package static func refusal(_ layout: ChannelLayout) -> MigrationFailure {
    let bytes = try? Directory.open(layout.stateDirectory).contents(of: name, limit: 4096)
    return refusal(layout, line((bytes ?? nil) ?? []))
  }

  private static func refusal(_ layout: ChannelLayout, _ holder: String) -> MigrationFailure {
    MigrationFailure(.locked, "another run holds \(layout.migrationLock): \(holder); wait for it to end")
  }

  /// Who holds it now; nil where nobody does, or nobody that can be seen. The lock itself is not asked for: a run that
  /// begins in this moment would find it taken.
  package static func holder(_ layout: ChannelLayout) -> LockHolder? {
    do throws(Errno) {
      return try OwnSight().lockHolders(of: Directory.open(layout.stateDirectory).open(name, .read)).first
    } catch { return nil }
  }

  private static let name = "migration.lock"

  /// What the holder wrote, as one line of what a terminal only shows: no letter beyond those is ever written there.
  static func line(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes.prefix(256).filter { (0x20...0x7e).contains($0) }, as: UTF8.self)
    return text.isEmpty ? "a process that has not said its name" : text
  }

  /// Ends it before the descriptor goes.
  func release() { try? file.unlock() }

  private static func open(_ layout: ChannelLayout, _ identity: ChannelIdentity) throws(UnsafePath) -> OwnedDescriptor {
    let directory = try identity.directory(layout.stateDirectory)
    do throws(Errno) {
      let file = try directory.open(name, .readWriteCreating(mode: 0o600))
      if let owner = identity.owner { try file.setOwner(uid: owner.uid, gid: owner.gid) }
      return file
    } catch {
      throw UnsafePath(component: layout.migrationLock, reason: .system(error))
    }
  }
}
