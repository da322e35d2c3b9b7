package import SluiceSystem

/// One service of a kind for each channel: a kernel lock held for the process' whole life, taken before anything that
/// belongs to the service is opened, and given back only by its end. A process that is draining still has it.
package struct ServiceLock: ~Copyable {
  /// How long the lock of a service that was killed may take to go, in nanoseconds: a handler that it was just starting
  /// shares its descriptors until it is executed.
  private static let patience: Int64 = 300_000_000

  private let file: OwnedDescriptor

  /// The lock's file; EINVAL where something else than a lock stands there.
  package static func open(in directory: borrowing Directory, name: String) throws(Errno) -> OwnedDescriptor {
    let file = try directory.open(name, .readWriteCreating(mode: 0o600))
    // What has another name as well is not a lock that a service made: its contents are somebody's.
    let status = try file.status()
    guard status.kind == .regular, status.links == 1 else { throw .invalid }
    return file
  }

  /// - Returns: nil where another process has it; `holder` then says which, as far as it left word.
  package static func take(_ file: consuming OwnedDescriptor, holder: inout String) throws(Errno) -> ServiceLock? {
    guard try file.lockExclusive(before: Clock.monotonic + patience) else {
      holder = String(decoding: try file.contents(limit: 256) ?? [], as: UTF8.self)
      return nil
    }
    return try ServiceLock(adopting: file)
  }

  /// What to say where `open` is EINVAL.
  package static func foreign(_ path: String) -> String {
    "\(path) is no lock that a service made: it is no plain file, or has another name (a hard link) as well; see who put"
      + " it there, and move it away"
  }

  /// A lock that is held already, taken over from its holder with the descriptor.
  package init(adopting file: consuming OwnedDescriptor) throws(Errno) {
    try file.truncate(to: 0)
    try file.writeAll(Array("process \(Process.identifier)".utf8), at: 0)
    self.file = file
  }

  /// The number, for passing the lock on.
  package var descriptor: Int32 { file.raw }
}
