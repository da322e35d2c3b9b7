internal import SluiceWire

/// Answers `ping` and `status` itself: for trying a channel out, for health checks, and for deployments whose old
/// server did no more than that.
final class BuiltinHandler: Handler {
  let mayAct = false
  /// It does nothing with them: their record is all.
  let takesHooks = true
  private let status: () -> [UInt8]
  private static let empty = Array("{}".utf8)
  private static let pong = Array("\"pong\"".utf8)

  /// - Parameter status: JSON text of the answer to `status`.
  init(status: @escaping () -> [UInt8]) { self.status = status }

  func immediate(_ message: Message) -> HandlerResult? {
    if message.dialect == .hook { return .silent }
    return switch message.method {
    case "ping": .result(message.dialect == .jsonRPC ? Self.empty : Self.pong)
    case "status": .result(status())
    default:
      message.kind == .notification
        ? .silent
        : .refused(Refusal(.unknownMethod, "Unknown method", reason: "the builtin handler has no such method"))
    }
  }

  func handle(_ call: HandlerCall, completion: @escaping (HandlerResult) -> Void) {
    completion(immediate(call.message) ?? .silent)
  }
  func releaseWaitingDrops() -> [String] { [] }
  func stop() {}
}
