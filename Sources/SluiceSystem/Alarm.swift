internal import CLinux

/// A clock that makes a descriptor readable at a point of time, timerfd_create(2).
///
/// For a loop that waits often and whose next deadline seldom changes: a limit on every wait has the kernel set and
/// cancel a timer each time.
package struct Alarm: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor

  package init() throws(Errno) { descriptor = OwnedDescriptor(adopting: try systemCall { sl_timerfd() }) }

  /// Sets it for a point of CLOCK_MONOTONIC in nanoseconds, instead of the one before; a past one makes it ready now.
  package func set(at deadline: Int64) throws(Errno) {
    try systemCall { sl_timerfd_set(descriptor.raw, max(1, deadline)) }
  }

  /// Makes the descriptor unreadable again.
  package func clear() {
    var expirations: UInt64 = 0
    _ = unsafe sl_read(descriptor.raw, &expirations, 8)
  }
}
