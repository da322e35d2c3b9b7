import Glibc
import SluiceSystem

/// A system call of a test's own that failed.
struct CallFailed: Error { let errno: Int32 }

/// symlink(2).
func link(_ target: String, _ path: String) throws {
  guard symlink(target, path) == 0 else { throw CallFailed(errno: Glibc.errno) }
}

/// Everything until end of file, from a descriptor that does not block.
func readToEnd(_ descriptor: borrowing OwnedDescriptor, before deadline: Int64) throws -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while try Wait.ready(descriptor, before: deadline) {
    let count = try descriptor.read(into: &chunk)
    if count == 0 { break }
    bytes += chunk[0..<count]
  }
  return bytes
}
