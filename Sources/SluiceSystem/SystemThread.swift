internal import CLinux

/// A thread of its own for what may block: locks, library calls with their own waiting, the database.
package enum SystemThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

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
