import SluiceSystem
import SluiceTestSupport

/// Somebody who owns nothing here: the overflow id, "nobody".
enum SecondUser {
  static let id: UInt32 = 65534
  static let prefix = ["setpriv", "--reuid", "\(id)", "--regid", "\(id)", "--clear-groups", "--"]

  /// Whether we can act as that user, and that user can run the binary.
  static let isAvailable: Bool = {
    guard Privilege.isRoot else { return false }
    let trial = try? RunningProgram(prefix + [Places.binary, "--version"]).end()
    return trial?.status == 0
  }()
  static let reason = "needs root, setpriv, and a binary that user \(id) may run"
}
