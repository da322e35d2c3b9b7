internal import CLinux

/// One object of a directory, held without opening it (O_PATH of open(2)): whatever happens to its name, it is this one.
package struct DirectoryEntry: ~Copyable {
  private let descriptor: OwnedDescriptor

  init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

  package func status() throws(Errno) -> FileStatus { try descriptor.status() }

  /// ELOOP for a symbolic link.
  package func setMode(_ mode: UInt32) throws(Errno) {
    let raw = descriptor.raw
    try systemCall { sl_chmod_entry(raw, mode) }
  }

  package func setOwner(uid: UInt32, gid: UInt32) throws(Errno) {
    let raw = descriptor.raw
    try systemCall { sl_chown_entry(raw, uid, gid) }
  }
}
