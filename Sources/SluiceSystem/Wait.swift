internal import CLinux
internal import Glibc

/// Bounded waiting on a thread that may block.
package enum Wait {
  /// Waits until the descriptor is ready in the wanted direction, or the deadline passed.
  /// - Parameter deadline: nanoseconds of the monotonic clock.
  package static func ready(
    _ descriptor: borrowing OwnedDescriptor, writing: Bool = false, before deadline: Int64
  ) throws(Errno) -> Bool {
    try ready(descriptor.raw, writing: writing, before: deadline)
  }

  static func ready(_ fd: Int32, writing: Bool = false, before deadline: Int64) throws(Errno) -> Bool {
    while true {
      let left = deadline - Clock.monotonic
      if left <= 0 { return false }
      var first: Int32 = 0
      var second: Int32 = 0
      let milliseconds = Int32(clamping: left / 1_000_000 + 1)
      let events = Int16(writing ? SL_OUT : SL_IN)
      let count = try systemCall { unsafe sl_poll(fd, -1, events, milliseconds, &first, &second) }
      if count > 0 { return true }
    }
  }

  /// Lets the time pass: for the places where the kernel offers nothing to wait on.
  package static func pause(nanoseconds: Int64) {
    var left = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    _ = unsafe nanosleep(&left, nil)
  }
}
