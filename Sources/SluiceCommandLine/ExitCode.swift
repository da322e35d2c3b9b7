/// What the program's end tells its caller.
///
/// 0 to 6 are this program's own, the rest is `sysexits.h` (EX_USAGE, EX_DATAERR, EX_UNAVAILABLE, EX_TEMPFAIL,
/// EX_PROTOCOL, EX_NOPERM, EX_CONFIG), so that a supervisor or a mail-style retry loop understands them without this table.
package enum ExitCode: Int32, CaseIterable, Sendable {
  case done = 0
  case failed = 1
  case changesPending = 2
  case gateNotMet = 3
  case drift = 4
  case violated = 5
  case lockHeld = 6
  case usage = 64
  case badMessage = 65
  case serviceNotRunning = 69
  case tryLater = 75
  case protocolFault = 76
  case notPermitted = 77
  case badConfiguration = 78

  /// One line for the table of exit codes in a command's help.
  package var summary: String {
    switch self {
    case .done: "done, or nothing to do"
    case .failed: "failed"
    case .changesPending: "changes are pending"
    case .gateNotMet: "a gate is not met"
    case .drift: "drift: what is there is not what was declared"
    case .violated: "a guarantee is violated"
    case .lockHeld: "another run holds the lock"
    case .usage: "wrong usage"
    case .badMessage: "bad message"
    case .serviceNotRunning: "the service is not running"
    case .tryLater: "try later (rate, busy or timeout)"
    case .protocolFault: "the other side does not speak the protocol"
    case .notPermitted: "not permitted"
    case .badConfiguration: "bad channel file or manifest"
    }
  }
}
