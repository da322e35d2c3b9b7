internal import CLinux

/// A thread of its own for what may block: locks, library calls with their own waiting, the database.
package enum SystemThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Lets the calling thread, and those that it starts, go before all ordinary ones, or no longer (SCHED_FIFO, sched(7)).
  /// - Returns: false where that is not permitted: it takes CAP_SYS_NICE, or a limit RLIMIT_RTPRIO above 0. Ending it
  ///   takes nothing.
  @discardableResult
  package static func setUrgent(_ isUrgent: Bool) -> Bool { sl_set_urgent(isUrgent ? 1 : 0) == 0 }

  /// Starts a detached thread. The name is cut to 15 bytes (pthread_setname_np(3)).
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
    let box = unsafe Unmanaged.passRetained(Body(body))
    let result = unsafe sl_thread_start(
      name,
      { context in
        guard let context = unsafe context else { return }
        unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
      },
      box.toOpaque())
    if result < 0 {
      unsafe box.release()
      throw Errno(rawValue: -result)
    }
  }
}
