internal import CLinux

/// A tmpfs of one directory's own, without programs, devices and set-id bits (mount(2), tmpfs(5)).
package enum PrivateMount {
  /// Whether the directory is the top of such a mount.
  package static func isThere(_ directory: borrowing Directory, in parent: borrowing Directory) throws(Errno) -> Bool {
    let raw = directory.raw
    guard try systemCall({ sl_is_private(raw) }) == 1 else { return false }
    return try directory.descriptor.status().identity.device != parent.descriptor.status().identity.device
  }

  /// Mounts one on the directory; root only. The directory must be opened again to be seen in it.
  /// - Parameter size: most bytes that it may hold.
  package static func mount(on directory: borrowing Directory, mode: UInt32, size: Int) throws(Errno) {
    let raw = directory.raw
    let options = "mode=0\(String(mode, radix: 8)),size=\(size),nr_inodes=65536"
    try systemCall { unsafe sl_mount_private(raw, options) }
  }
}
