internal import CLinux
internal import Glibc

/// What kind of socket a descriptor is that another process passed (socket(7)).
package struct SocketKind: Equatable, Sendable {
  package let isUnix: Bool
  package let isStream: Bool
  package let isListening: Bool

  /// Looks at a number that need not be open: EBADF where it is not, ENOTSOCK where it is something else.
  package init(ofInherited number: Int32) throws(Errno) {
    var raw = sl_socket_kind()
    // Not through `systemCall`: here a closed descriptor is somebody else's mistake.
    let result = unsafe sl_socket_kind(number, &raw)
    guard result >= 0 else { throw Errno(rawValue: -result) }
    isUnix = raw.is_unix != 0
    isStream = raw.is_stream != 0
    isListening = raw.is_listening != 0
  }
}

extension OwnedDescriptor {
  /// Takes over a descriptor that this process was started with; it is close-on-exec and non-blocking from here on.
  package static func inherited(_ number: Int32) throws(Errno) -> OwnedDescriptor {
    try systemCall { sl_set_flags(number, 1, 1) }
    return OwnedDescriptor(adopting: number)
  }
}

extension HandedDescriptor {
  /// The path that a socket is bound to, empty where it has none (getsockname(2)).
  package func socketPath() throws(Errno) -> String {
    guard let raw else { return "" }
    var bytes = [UInt8](repeating: 0, count: 108)
    let count = try systemCall {
      unsafe bytes.withUnsafeMutableBytes {
        unsafe sl_socket_path(raw, $0.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32($0.count))
      }
    }
    return String(decoding: bytes[..<Int(count)], as: UTF8.self)
  }

  /// Whether both are one socket.
  package func isSame(as other: HandedDescriptor) throws(Errno) -> Bool {
    guard let raw, let number = other.raw else { return false }
    var (own, found) = (sl_status(), sl_status())
    try systemCall { unsafe sl_fstat(raw, &own) }
    try systemCall { unsafe sl_fstat(number, &found) }
    return FileStatus(own).identity == FileStatus(found).identity
  }

  /// Another descriptor for the same open file description, for somebody who takes one.
  package func duplicate() throws(Errno) -> HandedDescriptor? {
    guard let raw else { return nil }
    return HandedDescriptor(OwnedDescriptor(adopting: try systemCall { sl_duplicate(raw) }))
  }
}

extension Process {
  /// Takes a variable out of the environment, so that no child takes it for its own; only before other threads run.
  package static func removeEnvironment(_ name: String) { _ = unsafe unsetenv(name) }
}
