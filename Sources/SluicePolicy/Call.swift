/// What policy asks about a message.
package struct Call: Sendable, Equatable {
  package let method: String
  /// What the method acts on, where that is read from messages.
  package let target: String?
  /// Whether it answers a request of ours; it has no method.
  package let isResponse: Bool

  package init(method: String, target: String? = nil, isResponse: Bool = false) {
    self.method = method
    self.target = target
    self.isResponse = isResponse
  }

  /// Whether every peer that may call anything may send it: without these no conversation begins, and the Model Context
  /// Protocol wants them from everybody (lifecycle, discovery, liveness, notifications, answers).
  package var isAdmittedAlways: Bool {
    if isResponse { return true }
    switch method {
    case "initialize", "server/discover", "ping": return true
    default: return method.hasPrefix("notifications/")
    }
  }
}
