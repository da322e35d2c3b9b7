internal import SluiceSystem

/// One server and one relay a channel: a kernel lock in the state directory, which dies with its holder.
///
/// It is taken before anything else of the channel is opened: a second writer of the audit log or of the spool would
/// spoil both, even one that is about to find the sockets taken.
package final class ServiceLock: Sendable {
  /// How long the lock of a service that was killed may take to go, in nanoseconds: a handler that it was just starting
  /// shares its descriptors until it is executed.
  private static let patience: Int64 = 300_000_000

  private let file: OwnedDescriptor

  private init(_ file: consuming OwnedDescriptor) { self.file = file }

  /// - Parameters:
  ///   - service: what is locked, as the message names it: `server` or `relay`.
  ///   - path: the state directory, which exists.
  package static func take(_ service: String, in path: String) throws(ServiceFailure) -> ServiceLock {
    let lock = "\(path)/\(service).lock"
    let holder: String
    let file = try open("\(service).lock", in: path)
    do throws(Errno) {
      if try file.lockExclusive(before: Clock.monotonic + patience) {
        try file.truncate(to: 0)
        try file.writeAll(Array("process \(Process.identifier)".utf8), at: 0)
        return ServiceLock(file)
      }
      holder = String(decoding: try file.contents(limit: 64) ?? [], as: UTF8.self)
    } catch { throw ServiceFailure(TransportFailure(error, doing: "take", path: lock)) }
    throw ServiceFailure(.busy, "another \(service) holds \(lock): \(holder); stop it first")
  }

  private static func open(_ name: String, in path: String) throws(ServiceFailure) -> OwnedDescriptor {
    do throws(UnsafePath) {
      let directory = try SafePath.openDirectory(path)
      do throws(Errno) { return try directory.open(name, .readWriteCreating(mode: 0o600)) } catch {
        throw UnsafePath(component: "\(path)/\(name)", reason: .system(error))
      }
    } catch { throw ServiceFailure(TransportFailure(error)) }
  }
}
