package import SluiceSystem

/// One service of a kind for each channel: a kernel lock held for the process' whole life, taken before anything that
/// belongs to the service is opened, and given back only by its end. A process that is draining still has it.
package struct ServiceLock: ~Copyable {
  /// How long the lock of a service that was killed may take to go, in nanoseconds: a handler that it was just starting
  /// shares its descriptors until it is executed.
  private static let patience: Int64 = 300_000_000

  private let file: OwnedDescriptor

  /// - Returns: nil where another process has it; `holder` then says which, as far as it left word.
  package static func take(in directory: borrowing Directory, name: String, holder: inout String) throws(Errno)
    -> ServiceLock?
  {
    let file = try directory.open(name, .readWriteCreating(mode: 0o600))
    guard try file.lockExclusive(before: Clock.monotonic + patience) else {
      holder = String(decoding: try file.contents(limit: 256) ?? [], as: UTF8.self)
      return nil
    }
    return try ServiceLock(adopting: file)
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
