/// Replies in the dialect of the request, ended by a newline.
package enum Reply {
  /// A result whose JSON text depends on the dialect: JSON-RPC's ping answers `{}`, the old servers' answers `"pong"`.
  package static func append(result: [UInt8], dialect: Dialect, id: RequestID, to bytes: inout [UInt8]) {
    begin(dialect, id, to: &bytes)
    bytes.append(contentsOf: "\"result\":".utf8)
    bytes.append(contentsOf: result)
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "\n"))
  }

  /// A refusal, as an error with code and id in JSON-RPC and as a sentence in the old dialects.
  package static func append(_ refusal: Refusal, dialect: Dialect, id: RequestID, to bytes: inout [UInt8]) {
    begin(dialect, id, to: &bytes)
    bytes.append(contentsOf: "\"error\":".utf8)
    if dialect == .jsonRPC {
      bytes.append(contentsOf: "{\"code\":".utf8)
      JSONWriter.append(Int64(refusal.code.rawValue), to: &bytes)
      bytes.append(contentsOf: ",\"message\":".utf8)
      JSONWriter.append(refusal.text, to: &bytes)
      bytes.append(contentsOf: ",\"data\":{\"source\":\"sluice\"".utf8)
      if let retry = refusal.retryAfterMilliseconds {
        bytes.append(contentsOf: ",\"retryAfterMs\":".utf8)
        JSONWriter.append(retry, to: &bytes)
      }
      bytes.append(contentsOf: "}}".utf8)
    } else {
      JSONWriter.append(refusal.text, to: &bytes)
      if let retry = refusal.retryAfterMilliseconds {
        bytes.append(contentsOf: ",\"retryAfterMs\":".utf8)
        JSONWriter.append(retry, to: &bytes)
      }
    }
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "\n"))
  }

  /// What a shell handler printed, one bare object such as `{"result":...}`, made an answer to this request.
  ///
  /// A JSON-RPC client gets version and id put before the handler's own members, unless the handler wrote them itself,
  /// and an error that is a bare string becomes a JSON-RPC error.
  package static func append(
    handlerLine line: [UInt8], shape: HandlerLine, dialect: Dialect, id: RequestID, to bytes: inout [UInt8]
  ) {
    if dialect == .jsonRPC, !shape.isJSONRPC {
      if let error = shape.errorText {
        append(Refusal(.handlerFailed, error), dialect: dialect, id: id, to: &bytes)
        return
      }
      guard let brace = line.firstIndex(of: UInt8(ascii: "{")) else { return }
      begin(dialect, id, to: &bytes)
      bytes.append(contentsOf: line[(brace + 1)...])
    } else {
      bytes.append(contentsOf: line)
    }
    bytes.append(UInt8(ascii: "\n"))
  }

  private static func begin(_ dialect: Dialect, _ id: RequestID, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    guard dialect == .jsonRPC else { return }
    bytes.append(contentsOf: "\"jsonrpc\":\"2.0\",\"id\":".utf8)
    append(id, to: &bytes)
    bytes.append(UInt8(ascii: ","))
  }

  private static func append(_ id: RequestID, to bytes: inout [UInt8]) {
    switch id {
    case .absent: bytes.append(contentsOf: "null".utf8)
    case .integer(let value): JSONWriter.append(value, to: &bytes)
    case .unsigned(let value): JSONWriter.append(value, to: &bytes)
    case .string(let value): JSONWriter.append(value, to: &bytes)
    }
  }
}
