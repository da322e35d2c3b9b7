/// What is said to a server that speaks JSON-RPC in the name of a peer that does not, and the answer made the peer's.
package enum BackendWords {
  /// A request of the plain or the drop dialect, with an id of ours; nil where it cannot be told what its parameters are.
  package static func request(_ bytes: [UInt8], method: String, dialect: Dialect, id: String) -> [UInt8]? {
    var json = JSONWriter()
    json.beginObject()
    json.member("jsonrpc", "2.0")
    json.member("id", id)
    json.member("method", method)
    if dialect == .plain {
      guard let members = JSONSlice(bytes)?.members else { return nil }
      if let params = members.first(where: { $0.key == "params" })?.value, params.raw.first != UInt8(ascii: "n") {
        json.member("params", raw: Array(params.raw))
      }
    }
    json.endObject()
    return json.bytes
  }

  /// Tells a server that nobody waits for an answer any more.
  package static func cancellation(of id: RequestID) -> [UInt8] {
    var bytes: [UInt8] = []
    JSONWriter.append(text: #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"#, to: &bytes)
    Reply.append(id, to: &bytes)
    JSONWriter.append(text: #","reason":"it took too long"}}"#, to: &bytes)
    return bytes
  }

  /// Which request a `notifications/cancelled` is about.
  package static func cancelled(_ bytes: [UInt8]) -> RequestID? { JSONSlice(bytes)?["params"]?["requestId"]?.id }

  /// Whether a request carries what the revisions without a handshake want in each (2026-07-28 and later).
  package static func isSelfContained(_ bytes: [UInt8]) -> Bool {
    JSONSlice(bytes)?["params"]?["_meta"]?["io.modelcontextprotocol/protocolVersion"] != nil
  }
}

extension Reply {
  /// A server's answer as a line of the asker's dialect.
  package static func append(answer line: [UInt8], dialect: Dialect, to bytes: inout [UInt8]) {
    guard dialect != .jsonRPC else {
      bytes.append(contentsOf: line)
      bytes.append(UInt8(ascii: "\n"))
      return
    }
    let answer = JSONSlice(line)
    var json = JSONWriter()
    json.beginObject()
    if dialect == .drop { json.member("type", "mcp_message") }
    if let result = answer?["result"] {
      if dialect == .drop {
        json.member("content", result.text ?? String(decoding: result.raw, as: UTF8.self))
      } else {
        json.member("result", raw: Array(result.raw))
      }
    } else {
      json.member("error", answer?["error"]?["message"]?.text ?? "the server answered with an error")
    }
    json.endObject()
    bytes.append(contentsOf: json.bytes)
    bytes.append(UInt8(ascii: "\n"))
  }
}
