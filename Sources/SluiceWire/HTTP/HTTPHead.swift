/// The head of a request, as far as it decides, and what is asked with it.
///
/// The library has split it; what a second reader could understand otherwise (RFC 9112 section 6) is refused here
/// before a byte of the body counts, and the connection ends with the refusal.
package struct HTTPHead: Equatable, Sendable {
  /// A header that decides: how often it stands there, and its first value.
  package struct Header: Equatable, Sendable {
    package var count: Int
    package var value: String

    package init(count: Int = 0, value: String = "") {
      self.count = count
      self.value = value
    }
  }

  package var method: String
  /// As it was sent: nothing is decoded.
  package var target: String
  package var version: String
  package var length = Header()
  package var transferEncoding = Header()
  package var contentEncoding = Header()
  /// A header's name is none: others may read it as one that decides.
  package var hasMisnamedHeader = false

  package init(method: String, target: String, version: String = "HTTP/1.1") {
    self.method = method
    self.target = target
    self.version = version
  }

  /// What is asked, or why it is not taken.
  package func request(messageLimit: Int) throws(Refusal) -> HTTPRequest {
    guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
      throw Refusal(.versionNotSupported, "use HTTP/1.1")
    }
    let length = try bodyLength()
    let (path, query) = Self.split(target)
    guard let allowed = Self.allowed(path) else { throw Refusal(.notFound, "there is nothing at this path") }
    guard allowed.contains(method) else {
      throw Refusal(.methodNotAllowed, "use \(allowed.joined(separator: " or "))")
    }
    if case .bytes(let count) = length, count > messageLimit { throw .tooLarge(limit: messageLimit) }
    guard path == "/hook" else {
      guard length == .none || length == .bytes(0) else { throw Refusal(.invalidRequest, "\(method) has no body here") }
      guard query == nil else { throw Refusal(.invalidRequest, "this path takes no query") }
      return path == "/health" ? .health : .metrics
    }
    guard contentEncoding.count == 0 else { throw Refusal(.unsupportedMedia, "send the body without Content-Encoding") }
    let event = try Self.event(query)
    if length == .none { throw Refusal(.lengthRequired, "the body needs a Content-Length") }
    return .hook(event: event)
  }

  /// The methods of the target's path, for the header `Allow`; nil where there is nothing.
  package var allowedMethods: String? { Self.allowed(Self.split(target).path)?.joined(separator: ", ") }

  private static func allowed(_ path: Substring) -> [String]? {
    switch path {
    case "/hook": ["POST"]
    case "/health", "/metrics": ["GET", "HEAD"]
    default: nil
    }
  }

  private static func split(_ target: String) -> (path: Substring, query: Substring?) {
    guard let mark = target.firstIndex(of: "?") else { return (target[...], nil) }
    return (target[..<mark], target[target.index(after: mark)...])
  }

  private static func event(_ query: Substring?) throws(Refusal) -> String {
    let parameters = (query ?? "").split(separator: "&", omittingEmptySubsequences: false)
    guard parameters.count == 1, let parameter = parameters.first, parameter.hasPrefix("event=") else {
      throw Refusal(.invalidRequest, "the URL must be /hook?event=NAME, with nothing else in its query")
    }
    let name = parameter.dropFirst("event=".count)
    guard HookEvent.isValid(name) else {
      throw Refusal(.invalidRequest, "event must be 1 to 64 letters, digits, dots, underscores or hyphens")
    }
    return String(name)
  }

  // MARK: Body

  private enum BodyLength: Equatable {
    case none
    case bytes(Int)
    case chunked
  }

  private func bodyLength() throws(Refusal) -> BodyLength {
    if hasMisnamedHeader { throw Refusal(.invalidRequest, "a header has a name that is none") }
    if transferEncoding.count > 0 {
      guard length.count == 0 else {
        throw Refusal(.invalidRequest, "Transfer-Encoding and Content-Length do not go together")
      }
      guard transferEncoding.count == 1, transferEncoding.value.lowercased() == "chunked", version == "HTTP/1.1" else {
        throw Refusal(.invalidRequest, "the only Transfer-Encoding is chunked, of HTTP/1.1")
      }
      return .chunked
    }
    guard length.count > 0 else { return .none }
    guard length.count == 1 else { throw Refusal(.invalidRequest, "Content-Length stands twice") }
    let digits = length.value.utf8
    guard (1...18).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
      let count = Int(length.value)
    else { throw Refusal(.invalidRequest, "Content-Length must be a number") }
    return .bytes(count)
  }
}
