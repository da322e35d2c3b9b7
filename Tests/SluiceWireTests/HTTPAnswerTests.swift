import SluiceWire
import Testing

/// Refusals in the terms of HTTP, and bodies of hooks.
@Suite struct HTTPAnswerTests {
  @Test func everyCodeHasAStatusThatSaysSo() {
    let statuses = Refusal.Code.allCases.map(\.httpStatus)
    #expect(
      statuses == [400, 400, 404, 400, 500, 403, 404, 405, 408, 411, 413, 415, 429, 500, 502, 503, 504, 505])
  }

  @Test(arguments: [(1, 1), (999, 1), (1000, 1), (1001, 2), (60000, 60), (0, 1)] as [(Int64, Int64)])
  func retryAfterIsRoundedUp(_ milliseconds: Int64, _ seconds: Int64) {
    let answer = HTTPAnswer(Refusal(.tooMany, "later", retryAfterMilliseconds: milliseconds))
    #expect(answer.retryAfter == seconds && answer.status == 429)
    #expect(answer.body == Array("{\"error\":\"later\",\"retryAfterMs\":\(milliseconds),\"code\":429}\n".utf8))
  }

  @Test func thePeerReadsNoReason() {
    let answer = HTTPAnswer(Refusal(.notPermitted, "not permitted", reason: "rule 'secret' of uid 7"))
    #expect(String(decoding: answer.body, as: UTF8.self) == "{\"error\":\"not permitted\",\"code\":403}\n")
    #expect(answer.retryAfter == nil)
  }

  @Test func lastWordsAreAWholeAnswer() {
    let words = String(
      decoding: HTTPAnswer(Refusal(.draining, "no", retryAfterMilliseconds: 1000)).lastWords, as: UTF8.self)
    let parts = words.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(parts.first == "HTTP/1.1 503 Service Unavailable")
    #expect(parts.contains("Connection: close") && parts.contains("Retry-After: 1"))
    #expect(parts.contains("Content-Length: \(parts.last?.utf8.count ?? -1)"))
  }

  @Test(arguments: [
    "{}", #"{"a":1}"#, "{\n  \"pretty\": [1,\n 2]\n}\n", #"{"uid":0,"event":"Other","method":"tools/call"}"#,
    #"{"jsonrpc":"1.0","id":null}"#, #"{"type":"mcp_message","content":"x","method":"y"}"#,
  ])
  func anyObjectIsAHook(_ body: String) throws {
    let bytes = Array(body.utf8)
    let message = try MessageReader().readHook(bytes.span.bytes, event: "Stop")
    #expect(message.dialect == .hook && message.kind == .request && message.id == .absent)
    // The event is the URL's, whatever the body says.
    #expect(message.method == "hook/Stop" && message.hookEvent == "Stop" && message.target == nil)
  }

  @Test(arguments: [
    ("", -32700), ("x", -32700), ("{", -32700), ("{} {}", -32700), ("{\"a\":\"\u{0}\"}", -32700), ("[]", -32600),
    ("1", -32600), ("null", -32600), (#"{"method":"a","method":"b"}"#, -32600),
    (#"{"sluice":{"origin":{"uid":0,"gid":0,"mode":420}},"message":{}}"#, -32600), (#"{"sluice":1}"#, -32600),
  ])
  func othersAreNone(_ body: String, _ code: Int) {
    let bytes = Array(body.utf8)
    let refusal = #expect(throws: Refusal.self) { try MessageReader().readHook(bytes.span.bytes, event: "Stop") }
    #expect(refusal?.code.rawValue == code)
  }

  @Test func onlyAHookHasAnEvent() throws {
    let message = try MessageReader().read(Array(#"{"method":"hook/Stop"}"#.utf8))
    #expect(message.hookEvent == nil)
  }
}
