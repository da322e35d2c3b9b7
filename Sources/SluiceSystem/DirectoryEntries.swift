internal import CLinux

/// Making, moving and removing names in a held directory.
extension Directory {
  package func makeDirectory(_ name: String, mode: UInt32) throws(Errno) {
    try systemCall { unsafe sl_mkdirat(raw, name, mode) }
  }

  package func makeFIFO(_ name: String, mode: UInt32) throws(Errno) {
    try systemCall { unsafe sl_mkfifoat(raw, name, mode) }
  }

  /// rename(2), replacing what is there.
  package func rename(_ name: String, to newName: String) throws(Errno) {
    try systemCall { unsafe sl_renameat(raw, name, raw, newName, 0) }
  }

  /// renameat2(2) with RENAME_NOREPLACE into a directory of the same filesystem: the atomic step of a claim.
  package func claim(_ name: String, into target: borrowing Directory, as newName: String) throws(Errno) {
    let to = target.raw
    try systemCall { unsafe sl_renameat(raw, name, to, newName, 1) }
  }

  /// link(2): a second name, which must not exist, for the same file.
  package func link(_ name: String, to newName: String) throws(Errno) {
    try systemCall { unsafe sl_linkat(raw, name, raw, newName, 0) }
  }

  /// linkat(2) into a directory of the same filesystem, of a symbolic link itself where there is one.
  package func link(_ name: String, into target: borrowing Directory, as newName: String) throws(Errno) {
    let to = target.raw
    try systemCall { unsafe sl_linkat(raw, name, to, newName, 0) }
  }

  package func unlink(_ name: String) throws(Errno) { try systemCall { unsafe sl_unlinkat(raw, name, 0) } }

  /// Unlinks a name that may be gone already.
  package func unlinkIfPresent(_ name: String) throws(Errno) {
    do throws(Errno) { try unlink(name) } catch { if error != .noSuchFile { throw error } }
  }

  /// rmdir(2): only an empty one goes.
  package func removeDirectory(_ name: String) throws(Errno) { try systemCall { unsafe sl_unlinkat(raw, name, 1) } }

  /// A descriptor that stands for what is at the name, a link itself included: what is checked with it is what is changed.
  package func entry(_ name: String) throws(Errno) -> DirectoryEntry {
    DirectoryEntry(OwnedDescriptor(adopting: try systemCall { unsafe sl_open_entry(raw, name) }))
  }

  /// Sets mode bits of a name; a symbolic link is refused (ELOOP).
  package func setMode(of name: String, _ mode: UInt32) throws(Errno) {
    try systemCall { unsafe sl_fchmodat(raw, name, mode) }
  }

  package func setOwner(of name: String, uid: UInt32, gid: UInt32) throws(Errno) {
    try systemCall { unsafe sl_fchownat(raw, name, uid, gid) }
  }

  /// The directory's own entries reach the disk, fsync(2) on a directory.
  package func synchronize() throws(Errno) { try systemCall { sl_fsync(raw) } }

  /// Replaces a small file whole: readers see the old text or the new, never half of one.
  package func replaceFile(_ name: String, with bytes: [UInt8], mode: UInt32, durable: Bool = false) throws(Errno) {
    let temporary = ".\(name).\(Random.token(bytes: 8))"
    let file = try open(temporary, .createNew(mode: mode))
    do throws(Errno) {
      try file.setMode(mode)
      try file.writeAll(bytes)
      if durable { try file.synchronize() }
      StopPoint.fileDrafted.pass()
      try rename(temporary, to: name)
      if durable { try synchronize() }
    } catch {
      try? unlink(temporary)
      throw error
    }
  }

  /// A small file's bytes: nil when it is absent or larger than `limit`.
  package func contents(of name: String, limit: Int) throws(Errno) -> [UInt8]? {
    do throws(Errno) { return try open(name, .readUntrusted).contents(limit: limit) } catch {
      if error == .noSuchFile { return nil }
      throw error
    }
  }
}
