internal import CLinux

/// What a descriptor is ready for, or is to be watched for (epoll(7), level-triggered unless it says `newsOnly`).
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package static let read = Readiness(rawValue: UInt32(SL_IN))
  package static let write = Readiness(rawValue: UInt32(SL_OUT))
  /// The peer closed or shut down its writing side.
  package static let peerFinished = Readiness(rawValue: UInt32(SL_RDHUP))
  package static let hangUp = Readiness(rawValue: UInt32(SL_HUP))
  package static let error = Readiness(rawValue: UInt32(SL_ERR))
  /// Told once of what comes, and not again while it is there: for a descriptor that another thread reads (EPOLLET).
  package static let newsOnly = Readiness(rawValue: 1 << 31)
  /// As `contains` of a single one, without the generic code behind that.
  package func includes(_ one: Readiness) -> Bool { rawValue & one.rawValue != 0 }
}

/// An epoll instance. Each registration carries a word of the caller's, so that an event of an old registration is
/// recognised even when its descriptor number was used again.
package struct Epoll: ~Copyable, Sendable {
  private let descriptor: OwnedDescriptor

  package init() throws(Errno) { descriptor = OwnedDescriptor(adopting: try systemCall { sl_epoll_create() }) }

  package func add(_ fd: Int32, _ interest: Readiness, token: UInt64) throws(Errno) {
    try systemCall { sl_epoll_add(descriptor.raw, fd, interest.rawValue, token) }
  }
  package func modify(_ fd: Int32, _ interest: Readiness, token: UInt64) throws(Errno) {
    try systemCall { sl_epoll_modify(descriptor.raw, fd, interest.rawValue, token) }
  }
  package func remove(_ fd: Int32) { _ = sl_epoll_remove(descriptor.raw, fd) }

  /// Waits and calls `body` with each token and what it is ready for; -1 waits without limit.
  package func wait(milliseconds: Int32, _ body: (UInt64, Readiness) -> Void) throws(Errno) {
    let fd = descriptor.raw
    let failure: Errno? = unsafe withUnsafeTemporaryAllocation(of: sl_event.self, capacity: 256) { events in
      do throws(Errno) {
        let count = try systemCall { unsafe sl_epoll_wait(fd, events.baseAddress, 256, milliseconds) }
        for index in 0..<Int(count) {
          let event = unsafe events[index]
          body(event.data, Readiness(rawValue: event.events))
        }
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }
}

/// A counter that wakes an epoll loop from another thread, eventfd(2).
package struct WakeSignal: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor
  package init() throws(Errno) { descriptor = OwnedDescriptor(adopting: try systemCall { sl_eventfd() }) }

  package func raise() {
    var one: UInt64 = 1
    _ = unsafe sl_write(descriptor.raw, &one, 8)
  }
  package func clear() {
    var count: UInt64 = 0
    _ = unsafe sl_read(descriptor.raw, &count, 8)
  }
}
