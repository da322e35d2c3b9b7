/// What goes back over HTTP.
package struct HTTPAnswer: Equatable, Sendable {
  package let status: Int
  package let body: [UInt8]
  /// Of the body; nil where there is none.
  package let type: String?
  /// Whole seconds, as the header wants them (RFC 9110 section 10.2.3).
  package let retryAfter: Int64?

  package init(status: Int, type: String? = nil, body: [UInt8] = []) {
    self.status = status
    self.type = type
    self.body = body
    retryAfter = nil
  }

  /// A hook that was taken.
  package static let accepted = HTTPAnswer(status: 200)

  package init(_ refusal: Refusal) {
    status = refusal.code.httpStatus
    type = "application/json"
    retryAfter = refusal.retryAfterMilliseconds.map { max(1, ($0 + 999) / 1000) }
    var bytes: [UInt8] = []
    Reply.append(refusal, dialect: .hook, id: .absent, to: &bytes)
    body = bytes
  }

  /// The whole answer, for a connection that ends with it and whose request cannot be answered otherwise any more.
  package var lastWords: [UInt8] {
    var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
    if let type { text += "Content-Type: \(type)\r\n" }
    if let retryAfter { text += "Retry-After: \(retryAfter)\r\n" }
    return Array("\(text)\r\n".utf8) + body
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 400: "Bad Request"
    case 408: "Request Timeout"
    case 413: "Content Too Large"
    case 429: "Too Many Requests"
    case 503: "Service Unavailable"
    default: "Refused"
    }
  }
}
