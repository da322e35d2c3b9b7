internal import CLinux

/// Word to the service manager (sd_notify(3)); does nothing when none is listening.
package enum ServiceNotification {
  /// Tells that the service is ready.
  /// - Returns: what went wrong, in a sentence: a manager that waits for the word ends a service that does not send it.
  package static func ready() -> String? {
    do throws(Errno) { try send("READY=1") } catch {
      return "the service manager (NOTIFY_SOCKET) cannot be told of readiness: \(error); is libsystemd there?"
    }
    return nil
  }
  package static func stopping() { try? send("STOPPING=1") }

  private static func send(_ state: String) throws(Errno) { try systemCall { unsafe sl_notify(state) } }
}
