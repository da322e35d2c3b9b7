internal import CLinux

/// A value that one thread at a time may use.
///
/// A pthread mutex and not `Synchronization.Mutex`: that one is a futex inside the standard library, which the thread
/// sanitizer cannot see, so that it takes every use of the value for a race. Like that one it lends the priority of a
/// waiting thread to the holder: the claiming thread is urgent, those that it shares a mailbox with are not.
@safe package struct Lock<Value: ~Copyable>: ~Copyable {
  // Both are allocated, since neither may move.
  private let mutex: UnsafeMutableRawPointer
  private let value: UnsafeMutablePointer<Value>

  package init(_ initial: consuming sending Value) {
    var made: UnsafeMutableRawPointer?
    guard unsafe sl_mutex_make(&made) == 0, let made = unsafe made else {
      // As for any other value that memory is short for.
      fatalError("no memory for a lock")
    }
    unsafe mutex = made
    unsafe value = .allocate(capacity: 1)
    unsafe value.initialize(to: initial)
  }

  deinit {
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
    unsafe sl_mutex_remove(mutex)
  }

  /// Lends the value; waits while another thread has it. A second use inside `body` ends the process.
  package borrowing func withLock<Result: ~Copyable, Failure: Error>(
    _ body: (inout sending Value) throws(Failure) -> sending Result
  ) throws(Failure) -> sending Result {
    // Only an error of ours is refused: going on would be a race, waiting would be for ever.
    guard unsafe sl_mutex_lock(mutex) == 0 else { fatalError("a thread takes a lock that it holds") }
    defer { _ = unsafe sl_mutex_unlock(mutex) }
    return unsafe try body(&value.pointee)
  }
}

// The value goes in as `sending`, and one thread at a time gets at it.
extension Lock: @unchecked Sendable where Value: ~Copyable {}
