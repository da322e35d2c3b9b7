import SluiceWire
import Testing

/// What of a list's answer goes on to a caller who may have `a` and `c`.
@Suite struct ListFilterTests {
  static func apply(_ method: String, _ line: String) throws -> String? {
    let filter = try #require(ListFilter(of: method))
    switch filter.apply(to: Array(line.utf8), allows: { $0 == "a" || $0 == "c" }) {
    case .unchanged: return line
    case .changed(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .unreadable: return nil
    }
  }

  @Test(
    arguments: [
      (
        #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","x":1.50},{"name":"b"},{ "name" : "c" }],"nextCursor":"n"}}"#,
        #"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"a","x":1.50},{ "name" : "c" }],"nextCursor":"n"}}"#
      ),
      (#"{"result":{"tools":[{"name":"c"},{"name":"a"}]}}"#, #"{"result":{"tools":[{"name":"c"},{"name":"a"}]}}"#),
      (#"{"result":{"tools":[{"name":"b"}]}}"#, #"{"result":{"tools":[]}}"#),
      // Names as their readers read them, and entries that have none or two.
      (
        #"{"result":{"tools":[{"name":"\u0062"},{"n\u0061me":"b"},{"name":"\u0061"}]}}"#,
        #"{"result":{"tools":[{"name":"\u0061"}]}}"#
      ),
      (
        #"{"result":{"tools":[{"name":"a","name":"b"},{"title":"a"},{"name":1},"a",{"name":"a"}]}}"#,
        #"{"result":{"tools":[{"name":"a"}]}}"#
      ),
      // Revisions that say how long an answer may be kept.
      (
        #"{"result":{"ttlMs":5,"cacheScope":"public","tools":[{"name":"a"}]}}"#,
        #"{"result":{"ttlMs":5,"cacheScope":"private","tools":[{"name":"a"}]}}"#
      ),
      (
        #"{"result":{"tools":[{"name":"b"},{"name":"a"}],"cacheScope":"public"}}"#,
        #"{"result":{"tools":[{"name":"a"}],"cacheScope":"private"}}"#
      ),
      (
        #"{"result":{"resultType":"complete","tools":[{"name":"a"}]}}"#,
        #"{"result":{"resultType":"complete","tools":[{"name":"a"}],"cacheScope":"private"}}"#
      ),
      (
        #"{"result":{"cacheScope":"private","tools":[{"name":"a"}]}}"#,
        #"{"result":{"cacheScope":"private","tools":[{"name":"a"}]}}"#
      ),
      // No list in it.
      (#"{"error":{"code":1}}"#, #"{"error":{"code":1}}"#), (#"{"result":1}"#, #"{"result":1}"#),
      (#"{"result":{}}"#, #"{"result":{}}"#),
      // Readers could differ about what it says.
      (#"{"result":{"tools":[{"name":"a"}],"tools":[{"name":"b"}]}}"#, nil),
      (#"{"result":{"tools":{"name":"b"}}}"#, nil),
      (#"{"result":{"tools":[],"x":1,"x":2}}"#, nil), (#"{"result":{"tools":[],"\u0074ools":[{"name":"b"}]}}"#, nil),
    ] as [(String, String?)])
  func tools(_ line: String, _ expected: String?) throws { #expect(try Self.apply("tools/list", line) == expected) }

  @Test func theOthersByTheirOwnNames() throws {
    let prompts = #"{"result":{"prompts":[{"name":"b"},{"name":"a"}],"tools":[{"name":"b"}]}}"#
    #expect(
      try Self.apply("prompts/list", prompts) == #"{"result":{"prompts":[{"name":"a"}],"tools":[{"name":"b"}]}}"#)
    let resources = #"{"result":{"resources":[{"uri":"b","name":"a"},{"uri":"c","name":"b"}]}}"#
    #expect(try Self.apply("resources/list", resources) == #"{"result":{"resources":[{"uri":"c","name":"b"}]}}"#)
    for method in ["tools/call", "initialize", "tools", ""] { #expect(ListFilter(of: method) == nil) }
  }
}
