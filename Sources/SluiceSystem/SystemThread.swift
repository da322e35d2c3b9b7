internal import CLinux
private import Synchronization

/// A thread of its own for what may block: locks, library calls with their own waiting, the database.
package enum SystemThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Whether the process has a thread that gives its urgency to those that it starts.
  private static let isUrgent = Atomic<Bool>(false)

  /// Lets the calling thread, and those that it starts as urgent ones, go before all ordinary ones, or no longer
  /// (SCHED_FIFO, sched(7)).
  /// - Returns: false where that is not permitted: it takes CAP_SYS_NICE, or a limit RLIMIT_RTPRIO above 0. Ending it
  ///   takes nothing.
  @discardableResult
  package static func setUrgent(_ wanted: Bool) -> Bool {
    // What an administrator has chosen for the process stays, unless it was changed here.
    guard wanted || isUrgent.load(ordering: .relaxed) else { return true }
    guard sl_set_urgent(wanted ? 1 : 0) == 0 else { return false }
    isUrgent.store(wanted, ordering: .relaxed)
    return true
  }

  /// Starts a detached thread. The name is cut to 15 bytes (pthread_setname_np(3)).
  /// - Parameter keepsUrgency: it is as urgent as the thread that starts it; others never are.
  package static func start(
    _ name: String, keepsUrgency: Bool = false, _ body: @escaping @Sendable () -> Void
  ) throws(Errno) {
    let isOrdinary = isUrgent.load(ordering: .relaxed) && !keepsUrgency
    let box = unsafe Unmanaged.passRetained(
      Body {
        if isOrdinary { _ = sl_set_urgent(0) }
        body()
      })
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
