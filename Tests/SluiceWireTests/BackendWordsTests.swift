import SluiceWire
import Testing

/// What the old dialects become on the way to a server, and its answers on the way back.
@Suite struct BackendWordsTests {
  @Test(arguments: [
    (#"{"method":"m"}"#, Dialect.plain, #"{"jsonrpc":"2.0","id":"i","method":"m"}"#),
    (
      #"{"method":"m","params":{ "a": 1.50 }}"#, .plain,
      #"{"jsonrpc":"2.0","id":"i","method":"m","params":{ "a": 1.50 }}"#
    ),
    (#"{"params":[1],"method":"m","x":1}"#, .plain, #"{"jsonrpc":"2.0","id":"i","method":"m","params":[1]}"#),
    (#"{"method":"m","params":null}"#, .plain, #"{"jsonrpc":"2.0","id":"i","method":"m"}"#),
    (#"{"type":"mcp_message","content":"c"}"#, .drop, #"{"jsonrpc":"2.0","id":"i","method":"m"}"#),
  ])
  func requests(_ text: String, _ dialect: Dialect, _ expected: String) {
    let found = BackendWords.request(Array(text.utf8), method: "m", dialect: dialect, id: "i")
    #expect(found.map { String(decoding: $0, as: UTF8.self) } == expected)
  }

  @Test(arguments: [
    (#"{"jsonrpc":"2.0","id":"i","result":{ "a": 1.50 }}"#, Dialect.plain, #"{"result":{ "a": 1.50 }}"#),
    (#"{"jsonrpc":"2.0","id":"i","error":{"code":-1,"message":"no \"x\""}}"#, .plain, #"{"error":"no \"x\""}"#),
    (#"{"jsonrpc":"2.0","id":"i","error":{}}"#, .plain, #"{"error":"the server answered with an error"}"#),
    (#"{"jsonrpc":"2.0","id":"i","result":"text"}"#, .drop, #"{"type":"mcp_message","content":"text"}"#),
    (#"{"jsonrpc":"2.0","id":"i","result":{"a":1}}"#, .drop, #"{"type":"mcp_message","content":"{\"a\":1}"}"#),
    (#"{"jsonrpc":"2.0","id":"i","error":{"message":"no"}}"#, .drop, #"{"type":"mcp_message","error":"no"}"#),
    (#"{ "jsonrpc":"2.0", "id":1, "result":1.50 }"#, .jsonRPC, #"{ "jsonrpc":"2.0", "id":1, "result":1.50 }"#),
  ])
  func answers(_ text: String, _ dialect: Dialect, _ expected: String) {
    var bytes: [UInt8] = []
    Reply.append(answer: Array(text.utf8), dialect: dialect, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == expected + "\n")
  }

  @Test func cancellationsAndRevisions() {
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    #expect(BackendWords.cancelled(bytes(#"{"method":"x","params":{"requestId":"7"}}"#)) == .string("7"))
    #expect(BackendWords.cancelled(bytes(#"{"method":"x","params":{"requestId":7}}"#)) == .integer(7))
    #expect(BackendWords.cancelled(bytes(#"{"method":"x","params":{"requestId":null}}"#)) == nil)
    #expect(BackendWords.cancelled(BackendWords.cancellation(of: .string("a\"b"))) == .string("a\"b"))
    let meta = #"{"params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#
    #expect(BackendWords.isSelfContained(bytes(meta)))
    #expect(!BackendWords.isSelfContained(bytes(#"{"params":{"_meta":{}}}"#)))
  }

  /// A refusal that passes for a server's own answer carries nothing of ours.
  @Test func aDisguiseIsWhole() {
    var refusal = Refusal.denied("by rule 1")
    refusal.disguise = Refusal.unknown("tools/call", "x\"y")
    for (dialect, expected) in [
      (Dialect.jsonRPC, #"{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool: x\"y"}}"#),
      (.plain, #"{"error":"Unknown tool: x\"y"}"#),
    ] {
      var bytes: [UInt8] = []
      Reply.append(refusal, dialect: dialect, id: .integer(1), to: &bytes)
      #expect(String(decoding: bytes, as: UTF8.self) == expected + "\n")
    }
    #expect(Refusal.unknown("tools/list", nil) == nil && Refusal.unknown("other", "x") == nil)
    #expect(refusal.code == .notPermitted)
  }
}
