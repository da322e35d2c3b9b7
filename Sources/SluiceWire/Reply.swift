/// Replies in the dialect of the request, ended by a newline.
package enum Reply {
  /// A result whose JSON text depends on the dialect: JSON-RPC's ping answers `{}`, the old servers' answers `"pong"`.
  package static func append(result: [UInt8], dialect: Dialect, id: RequestID, to bytes: inout [UInt8]) {
    begin(dialect, id, to: &bytes)
    JSONWriter.append(text: "\"result\":", to: &bytes)
    bytes.append(contentsOf: result)
    JSONWriter.append(text: "}\n", to: &bytes)
  }

  /// A refusal, as an error with code and id in JSON-RPC and as a sentence in the old dialects.
  package static func append(_ refusal: Refusal, dialect: Dialect, id: RequestID, to bytes: inout [UInt8]) {
    begin(dialect, id, to: &bytes)
    JSONWriter.append(text: "\"error\":", to: &bytes)
    if dialect == .jsonRPC {
      JSONWriter.append(text: "{\"code\":", to: &bytes)
      JSONWriter.append(Int64(refusal.disguise?.code ?? refusal.code.rawValue), to: &bytes)
      JSONWriter.append(text: ",\"message\":", to: &bytes)
      JSONWriter.append(refusal.disguise?.text ?? refusal.text, to: &bytes)
      guard refusal.disguise == nil else {
        JSONWriter.append(text: "}}\n", to: &bytes)
        return
      }
      JSONWriter.append(text: ",\"data\":{\"source\":\"sluice\"", to: &bytes)
      if let retry = refusal.retryAfterMilliseconds {
        JSONWriter.append(text: ",\"retryAfterMs\":", to: &bytes)
        JSONWriter.append(retry, to: &bytes)
      }
      JSONWriter.append(text: "}}", to: &bytes)
    } else {
      JSONWriter.append(refusal.disguise?.text ?? refusal.text, to: &bytes)
      if let retry = refusal.retryAfterMilliseconds {
        JSONWriter.append(text: ",\"retryAfterMs\":", to: &bytes)
        JSONWriter.append(retry, to: &bytes)
      }
      if dialect == .hook {
        JSONWriter.append(text: ",\"code\":", to: &bytes)
        JSONWriter.append(Int64(refusal.code.rawValue), to: &bytes)
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
    guard case .jsonRPC = dialect else { return bytes.append(UInt8(ascii: "{")) }
    JSONWriter.append(text: "{\"jsonrpc\":\"2.0\",\"id\":", to: &bytes)
    append(id, to: &bytes)
    bytes.append(UInt8(ascii: ","))
  }

  static func append(_ id: RequestID, to bytes: inout [UInt8]) {
    switch id {
    case .absent: JSONWriter.append(text: "null", to: &bytes)
    case .integer(let value): JSONWriter.append(value, to: &bytes)
    case .unsigned(let value): JSONWriter.append(value, to: &bytes)
    case .string(let value): JSONWriter.append(value, to: &bytes)
    }
  }
}
