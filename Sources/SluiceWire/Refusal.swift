/// A message that is not handled, and why: the one table of refusal codes.
///
/// Codes from -32768 to -32000 are JSON-RPC's own (section 5.1 of its specification); ours lie outside, since MCP
/// reserves the rest of that range.
package struct Refusal: Error, Equatable, Sendable {
  package enum Code: Int, Sendable, CaseIterable {
    case notJSON = -32700
    case invalidRequest = -32600
    case unknownMethod = -32601
    case invalidParameters = -32602
    case internalFault = -32603
    case notPermitted = 403
    /// Over HTTP only, as are the other codes that say so.
    case notFound = 404
    /// Over HTTP only.
    case methodNotAllowed = 405
    case tooSlow = 408
    /// Over HTTP only.
    case lengthRequired = 411
    case tooLarge = 413
    /// Over HTTP only.
    case unsupportedMedia = 415
    case tooMany = 429
    case handlerFailed = 500
    case handlerEnded = 502
    case draining = 503
    case handlerTimeout = 504
    /// Over HTTP only.
    case versionNotSupported = 505
  }
  package let code: Code
  /// The sentence that the peer sees; it names no path and no rule.
  package let text: String
  /// What goes to the audit record only.
  package let reason: String
  /// When trying again makes sense, in milliseconds.
  package let retryAfterMilliseconds: Int64?
  /// What policy said, for the audit record only.
  package var ruling: Ruling?

  /// Seen by the peer instead: a refusal that looks like a server's own answer. The record says what it was.
  package var disguise: Disguise?

  package struct Disguise: Equatable, Sendable {
    package let code: Int
    package let text: String
  }

  package struct Ruling: Equatable, Sendable {
    package let verdict: String
    /// The deciding rule; nil where none decided.
    package let rule: String?

    package init(verdict: String, rule: String?) {
      self.verdict = verdict
      self.rule = rule
    }
  }

  package init(_ code: Code, _ text: String, reason: String? = nil, retryAfterMilliseconds: Int64? = nil) {
    self.code = code
    self.text = text
    self.reason = reason ?? text
    self.retryAfterMilliseconds = retryAfterMilliseconds
  }

  package static let notJSON = Refusal(.notJSON, "not a JSON text in UTF-8")
  package static let tooDeep = Refusal(.notJSON, "nested deeper than 256 levels")
  package static let notObject = Refusal(.invalidRequest, "a message is one JSON object")
  package static let forgedEnvelope = Refusal(.invalidRequest, "the key \"sluice\" is reserved")
  package static func tooLarge(limit: Int) -> Refusal {
    Refusal(.tooLarge, "message is larger than \(limit) bytes")
  }
  package static func denied(_ reason: String) -> Refusal { Refusal(.notPermitted, "not permitted", reason: reason) }
  /// What was sent before its sender's program was known: the same words sent again on the same connection are judged.
  package static let sentEarly = Refusal(
    .tooMany, "sent before your program was looked up; send it again on this connection",
    reason: "sent before the sending program was looked up", retryAfterMilliseconds: 1)
  /// Rules came that ask for more than was looked up when the peer connected: a new connection is judged.
  package static func connectAgain(_ reason: String) -> Refusal {
    Refusal(
      .notPermitted, "not permitted on this connection, which is older than the rules: connect again", reason: reason)
  }
  /// What a server says to who names what it does not have (MCP: invalid parameters); nil for methods without names.
  package static func unknown(_ method: String, _ target: String?) -> Disguise? {
    guard let target else { return nil }
    let code = Code.invalidParameters.rawValue
    return switch method {
    case "tools/call": Disguise(code: code, text: "Unknown tool: \(target)")
    case "prompts/get": Disguise(code: code, text: "Unknown prompt: \(target)")
    case "resources/read": Disguise(code: code, text: "Resource not found: \(target)")
    default: nil
    }
  }
  package static let draining = Refusal(.draining, "the server is stopping", retryAfterMilliseconds: 1000)
}
