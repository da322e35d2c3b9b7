internal import CLinux

/// Tries to write to a name as old clients do, in a forked child, as ourselves or (as root) as another user.
package enum WriteAttempt {
  /// How old clients write.
  package enum Style: String, CaseIterable, Sendable {
    case over = ">"
    case behind = ">>"
    case copy = "cp"
    case move = "mv"

    fileprivate var number: Int32 {
      switch self {
      case .over: Int32(SL_WRITE_OVER)
      case .behind: Int32(SL_WRITE_BEHIND)
      case .copy: Int32(SL_COPY_OVER)
      case .move: Int32(SL_MOVE_OVER)
      }
    }
  }
  package enum Outcome: Equatable, Sendable {
    case wentThrough
    case refused(Errno)
    /// The attempt itself could not be made.
    case notTried(Errno)
  }

  /// - Parameters:
  ///   - user: nil for ourselves.
  ///   - temporary: a free name in the directory, for what is moved.
  package static func make(
    _ style: Style, on name: String, in directory: borrowing Directory, as user: UInt32?, temporary: String
  ) -> Outcome {
    let place = directory.raw
    let result = unsafe sl_try_write(user == nil ? 0 : 1, user ?? 0, user ?? 0, place, name, temporary, style.number)
    if result == 0 { return .wentThrough }
    return result > 0 ? .refused(Errno(rawValue: result)) : .notTried(Errno(rawValue: -result))
  }
}
