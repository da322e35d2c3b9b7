internal import SluiceSystem

/// The lock that writers and the claimer of a run-file share.
enum RunFileLock {
  enum Failure: Error, Equatable {
    case heldTooLong
    case system(Errno)
  }

  /// Opens and locks the lock file before the deadline.
  ///
  /// A lock on a file that was meanwhile deleted or replaced guards nothing: after locking, the name must still lead to
  /// the locked inode, else it is taken again.
  /// - Parameter mode: for a lock file that is absent, or nil to make none.
  static func take(
    _ name: String, in directory: borrowing Directory, creating mode: UInt32?, before deadline: Int64
  ) throws(Failure) -> OwnedDescriptor {
    do throws(Errno) {
      while true {
        let file = try directory.open(name, mode.map { .readWriteCreating(mode: $0) } ?? .readWrite)
        guard try file.lockExclusive(before: deadline) else { throw Errno.timedOut }
        if try directory.status(of: name)?.identity == file.status().identity { return file }
      }
    } catch {
      throw error == .timedOut ? .heldTooLong : .system(error)
    }
  }

  /// Who holds it, for a message; nobody where that cannot be known.
  static func holders(
    of name: String, in directory: borrowing Directory, seenBy sight: any ProcessSight
  ) -> [LockHolder] {
    do throws(Errno) { return try sight.lockHolders(of: directory.open(name, .readWrite)) } catch { return [] }
  }
}
