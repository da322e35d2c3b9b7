internal import CLinux

/// flock(2): a lock of an open file description, which dies with its last descriptor, so a killed holder leaves none.
extension OwnedDescriptor {
  /// Waits for the exclusive lock; blocks the thread.
  package func lockExclusive() throws(Errno) { try systemCall { sl_flock(raw, Int32(SL_LOCK_EXCLUSIVE)) } }

  /// Takes the exclusive lock if nobody holds one: false where somebody does.
  package func tryLockExclusive() throws(Errno) -> Bool {
    try systemCallUnlessBlocked {
      sl_flock(raw, Int32(SL_LOCK_EXCLUSIVE | SL_LOCK_NONBLOCK))
    } != nil
  }

  package func unlock() throws(Errno) { try systemCall { sl_flock(raw, Int32(SL_LOCK_UNLOCK)) } }

  /// Takes the exclusive lock within the time, polling every few milliseconds: flock(2) itself has no time limit.
  /// - Parameter deadline: nanoseconds of the monotonic clock.
  /// - Returns: false when the deadline passed.
  package func lockExclusive(before deadline: Int64) throws(Errno) -> Bool {
    while true {
      if try tryLockExclusive() { return true }
      let left = deadline - Clock.monotonic
      if left <= 0 { return false }
      Wait.pause(nanoseconds: min(left, 2_000_000))
    }
  }
}

/// Read leases, fcntl(2) F_SETLEASE: granted only while no open description or mapping can write the inode.
extension OwnedDescriptor {
  /// The outcome of asking for a lease.
  package enum Lease: Equatable, Sendable {
    case granted
    /// A writer has the file open.
    case writerPresent
    /// The filesystem or the missing privilege refuses leases: completeness cannot be proven this way.
    case unavailable(Errno)
  }

  package func takeReadLease() -> Lease {
    if PlantedFault.hasNoLeases.isPlanted { return .unavailable(.invalid) }
    let result = sl_take_read_lease(raw)
    if result >= 0 { return .granted }
    let error = Errno(rawValue: -result)
    return error == .wouldBlock ? .writerPresent : .unavailable(error)
  }

  /// Whether the lease still stands: asked last, after copying, since a break means that somebody wants to write.
  package func holdsReadLease() -> Bool { sl_holds_read_lease(raw) == 1 }
  package func releaseLease() { _ = sl_release_lease(raw) }
}
