import SluiceWire
import Testing

@Suite struct SessionFactsTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    var id = RequestID.absent
    var hasResult = false
    var lists: [String] = []
    var testDescription: String { String(text.prefix(80)) }
  }

  static let cases: [Case] = [
    Case(text: #"{"params":{"requestId":7}}"#, id: .integer(7)),
    Case(text: #"{"params":{"requestId":"7"}}"#, id: .string("7")),
    Case(text: #"{"params":{"requestId":"\u00e9\n"}}"#, id: .string("é\n")),
    Case(text: #"{"params":{"requestId":""}}"#, id: .string("")),
    Case(text: #"{"params":{"requestId":18446744073709551615}}"#, id: .unsigned(.max)),
    Case(text: #"{"params":{"requestId":-1}}"#, id: .integer(-1)),
    Case(text: #"{"params":{"requestId":1.5}}"#), Case(text: #"{"params":{"requestId":null}}"#),
    Case(text: #"{"params":[7]}"#), Case(text: #"{"params":{"requestId":"\#(String(repeating: "x", count: 5000))"}}"#),
    Case(text: #"{"result":{}}"#, hasResult: true), Case(text: #"{"result":null}"#), Case(text: #"{"result":[]}"#),
    Case(text: #"{"error":{"code":1}}"#), Case(text: "[]"), Case(text: "{"), Case(text: ""),
    Case(
      text:
        #"{"result":{"capabilities":{"tools":{"listChanged":true},"prompts":{"listChanged":false},"resources":{"listChanged":true,"subscribe":true}}}}"#,
      hasResult: true, lists: ["tools", "resources"]),
    Case(
      text: #"{"result":{"capabilities":{"tools":{"listChanged":1},"prompts":true,"resources":{}}}}"#, hasResult: true),
    Case(text: #"{"result":{"capabilities":[]}}"#, hasResult: true),
  ]

  @Test(arguments: cases) func facts(of one: Case) {
    let bytes = Array(one.text.utf8)
    let facts = SessionFacts(of: bytes.span.bytes)
    #expect(facts.requestID == one.id)
    #expect(facts.hasResult == one.hasResult)
    #expect(facts.changingLists == one.lists)
  }
}
