import SluiceWire
import Testing

/// Replies in kind.
@Suite struct ReplyTests {
  private func text(_ body: (inout [UInt8]) -> Void) -> String {
    var bytes = Array("before\n".utf8)
    body(&bytes)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("before\n") && text.hasSuffix("\n"))
    return String(text.dropFirst(7).dropLast())
  }

  @Test(
    arguments: [
      (.jsonRPC, .integer(1), #"{"jsonrpc":"2.0","id":1,"result":{}}"#),
      (.jsonRPC, .integer(.min), #"{"jsonrpc":"2.0","id":-9223372036854775808,"result":{}}"#),
      (.jsonRPC, .unsigned(.max), #"{"jsonrpc":"2.0","id":18446744073709551615,"result":{}}"#),
      (.jsonRPC, .string("7"), #"{"jsonrpc":"2.0","id":"7","result":{}}"#),
      (.jsonRPC, .string("\"\n\\\u{1}ü"), #"{"jsonrpc":"2.0","id":"\"\n\\\u0001ü","result":{}}"#),
      (.jsonRPC, .absent, #"{"jsonrpc":"2.0","id":null,"result":{}}"#),
      (.plain, .absent, #"{"result":{}}"#),
      (.plain, .integer(1), #"{"result":{}}"#),
      (.drop, .absent, #"{"result":{}}"#),
    ] as [(Dialect, RequestID, String)])
  func results(_ dialect: Dialect, _ id: RequestID, _ expected: String) {
    #expect(text { Reply.append(result: Array("{}".utf8), dialect: dialect, id: id, to: &$0) } == expected)
  }

  @Test(
    arguments: [
      (
        .jsonRPC, Refusal.notJSON,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32700,"message":"not a JSON text in UTF-8","data":{"source":"sluice"}}}"#
      ),
      (
        .jsonRPC, .draining,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":503,"message":"the server is stopping","data":{"source":"sluice","retryAfterMs":1000}}}"#
      ),
      (
        .jsonRPC, .denied("uid 7 is \"nobody\""),
        #"{"jsonrpc":"2.0","id":1,"error":{"code":403,"message":"not permitted","data":{"source":"sluice"}}}"#
      ),
      (.plain, .denied("secret reason"), #"{"error":"not permitted"}"#),
      (.plain, .draining, #"{"error":"the server is stopping","retryAfterMs":1000}"#),
      (.drop, .tooLarge(limit: 5), #"{"error":"message is larger than 5 bytes"}"#),
      (.plain, .forgedEnvelope, #"{"error":"the key \"sluice\" is reserved"}"#),
    ] as [(Dialect, Refusal, String)])
  func refusals(_ dialect: Dialect, _ refusal: Refusal, _ expected: String) {
    #expect(text { Reply.append(refusal, dialect: dialect, id: .integer(1), to: &$0) } == expected)
  }

  @Test(
    arguments: [
      (.jsonRPC, #"{"result":"pong"}"#, #"{"jsonrpc":"2.0","id":1,"result":"pong"}"#),
      (.jsonRPC, #" { "result" : 1 } "#, #"{"jsonrpc":"2.0","id":1, "result" : 1 } "#),
      (.jsonRPC, #"{"error":{"code":1}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#),
      (
        .jsonRPC, #"{"error":"no \"such\" thing"}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":500,"message":"no \"such\" thing","data":{"source":"sluice"}}}"#
      ),
      (.jsonRPC, #"{"jsonrpc":"2.0","id":9,"result":{}}"#, #"{"jsonrpc":"2.0","id":9,"result":{}}"#),
      (.plain, #"{"result":"pong"}"#, #"{"result":"pong"}"#),
      (.plain, #"{"error":"no"}"#, #"{"error":"no"}"#),
      (.drop, #"{"result": [1,2] , "x":1}"#, #"{"result": [1,2] , "x":1}"#),
    ] as [(Dialect, String, String)])
  func handlerLines(_ dialect: Dialect, _ line: String, _ expected: String) throws {
    let reader = MessageReader()
    let shape = try #require(reader.readHandlerLine(Array(line.utf8)))
    let answer = text {
      Reply.append(handlerLine: Array(line.utf8), shape: shape, dialect: dialect, id: .integer(1), to: &$0)
    }
    #expect(answer == expected)
    // Whatever was made of it is one JSON object without a key that stands twice.
    #expect(reader.readHandlerLine(Array(answer.utf8)) != nil)
  }

  @Test func everyCodeIsItsNumber() {
    #expect(
      Refusal.Code.allCases.map(\.rawValue) == [
        -32700, -32600, -32601, -32602, -32603, 403, 404, 405, 408, 411, 413, 415, 429, 500, 502, 503, 504, 505,
      ])
  }
}
