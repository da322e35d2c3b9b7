internal import CLinux

/// Tries what another user could do, in a forked child that has become that user. Needs root.
package enum Probe {
  package enum Attempt: Sendable {
    case connect
    case openForWriting
  }
  package enum Outcome: Equatable, Sendable {
    case couldDoIt
    case refused(Errno)
    /// The attempt itself could not be made.
    case notTried(Errno)
  }

  package static func attempt(_ attempt: Attempt, path: String, as uid: UInt32, gid: UInt32) -> Outcome {
    let result = unsafe sl_try_as(uid, gid, path, attempt == .connect ? 0 : 1)
    if result == 0 { return .couldDoIt }
    return result > 0 ? .refused(Errno(rawValue: result)) : .notTried(Errno(rawValue: -result))
  }
}
