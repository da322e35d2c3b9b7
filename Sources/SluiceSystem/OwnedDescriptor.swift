internal import CLinux

/// A file descriptor with exactly one owner; it is closed when the owner goes.
///
/// Every descriptor is close-on-exec from birth: the shim adds O_CLOEXEC to each open, accept and pipe.
package struct OwnedDescriptor: ~Copyable, Sendable {
  /// The number, for calls that borrow the descriptor.
  package let raw: Int32

  /// Takes over a descriptor that nobody else will close.
  package init(adopting raw: Int32) {
    precondition(raw >= 0, "only an open descriptor can be owned")
    self.raw = raw
  }

  deinit { _ = sl_close(raw) }

  /// Closes now and reports what close(2) said, which on some filesystems is the only report of a failed write.
  package consuming func close() throws(Errno) {
    let raw = self.raw
    discard self
    // EINTR from close(2) on Linux means closed: calling it again could close somebody else's descriptor.
    let result = sl_close(raw)
    if result < 0, Errno(rawValue: -result) != .interrupted { throw Errno(rawValue: -result) }
  }

  /// Gives the number away; the caller closes it.
  package consuming func release() -> Int32 {
    let raw = self.raw
    discard self
    return raw
  }

  /// Another descriptor for the same open file description (so a flock is shared, flock(2)).
  package func duplicate() throws(Errno) -> OwnedDescriptor {
    OwnedDescriptor(adopting: try systemCall { sl_duplicate(raw) })
  }
}
