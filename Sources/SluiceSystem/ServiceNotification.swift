internal import CSystemd

/// Word to the service manager (sd_notify(3)); does nothing when none is listening.
package enum ServiceNotification {
  package static func ready() { _ = unsafe sd_notify(0, "READY=1") }
  package static func stopping() { _ = unsafe sd_notify(0, "STOPPING=1") }
}
