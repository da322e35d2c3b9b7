import SluiceWire
import Testing

/// Admission: what is read from a message, and what is refused.
@Suite struct MessageReaderTests {
  private func read(_ bytes: [UInt8]) throws(Refusal) -> Message { try MessageReader().read(bytes) }

  /// What is expected of a message, field by field.
  struct Fields: Equatable, Sendable {
    var dialect: Dialect
    var kind: Message.Kind
    var id: RequestID
    var method: String
    var target: String?
    var isEnvelope: Bool

    init(_ message: Message) {
      dialect = message.dialect
      kind = message.kind
      id = message.id
      method = message.method
      target = message.target
      isEnvelope = message.isEnvelope
    }

    init(
      _ dialect: Dialect, _ kind: Message.Kind, id: RequestID, _ method: String, target: String?, isEnvelope: Bool
    ) {
      self.dialect = dialect
      self.kind = kind
      self.id = id
      self.method = method
      self.target = target
      self.isEnvelope = isEnvelope
    }
  }

  static func message(
    _ dialect: Dialect, kind: Message.Kind = .request, id: RequestID = .absent, _ method: String,
    target: String? = nil, isEnvelope: Bool = false
  ) -> Fields {
    Fields(dialect, kind, id: id, method, target: target, isEnvelope: isEnvelope)
  }

  @Test(
    arguments: [
      (#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, message(.jsonRPC, id: .integer(1), "ping")),
      (#"{"jsonrpc":"2.0","id":0,"method":""}"#, message(.jsonRPC, id: .integer(0), "")),
      (#"{"jsonrpc":"2.0","id":-7,"method":"ping"}"#, message(.jsonRPC, id: .integer(-7), "ping")),
      (
        #"{"jsonrpc":"2.0","id":9223372036854775807,"method":"p"}"#,
        message(.jsonRPC, id: .integer(.max), "p")
      ),
      (
        #"{"jsonrpc":"2.0","id":18446744073709551615,"method":"p"}"#,
        message(.jsonRPC, id: .unsigned(.max), "p")
      ),
      (#"{"jsonrpc":"2.0","id":"7","method":"ping"}"#, message(.jsonRPC, id: .string("7"), "ping")),
      (#"{"jsonrpc":"2.0","id":"","method":"ping"}"#, message(.jsonRPC, id: .string(""), "ping")),
      (
        #"{"jsonrpc":"2.0","id":"\u00fc\n\ud83d\ude00\u0000","method":"p"}"#,
        message(.jsonRPC, id: .string("ü\n😀\0"), "p")
      ),
      (#" {"method":"\u0070ing","jsonrpc":"\u0032.0","id":1} "#, message(.jsonRPC, id: .integer(1), "ping")),
      (#"{"jsonrpc":"2.0","method":"note"}"#, message(.jsonRPC, kind: .notification, "note")),
      (#"{"jsonrpc":"2.0","id":3,"result":null}"#, message(.jsonRPC, kind: .response, id: .integer(3), "")),
      (#"{"jsonrpc":"2.0","id":3,"error":{"code":1}}"#, message(.jsonRPC, kind: .response, id: .integer(3), "")),
      (#"{"jsonrpc":"2.0","id":null,"error":{"code":1}}"#, message(.jsonRPC, kind: .response, "")),
      (
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"name":"x"}}}"#,
        message(.jsonRPC, id: .integer(1), "tools/call", target: "search")
      ),
      (
        #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7}}"#,
        message(.jsonRPC, id: .integer(1), "tools/call")
      ),
      (
        #"{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}}"#,
        message(.jsonRPC, id: .integer(1), "prompts/get", target: "p")
      ),
      (
        #"{"params":{"uri":"file:///x"},"jsonrpc":"2.0","id":1,"method":"resources/read"}"#,
        message(.jsonRPC, id: .integer(1), "resources/read", target: "file:///x")
      ),
      (
        #"{"jsonrpc":"2.0","id":1,"method":"other","params":{"name":"n","uri":"u"}}"#,
        message(.jsonRPC, id: .integer(1), "other")
      ),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1,2]}"#, message(.jsonRPC, id: .integer(1), "m")),
      (#"{"method":"ping"}"#, message(.plain, "ping")),
      (#"{"method":"ping","params":{}}"#, message(.plain, "ping")),
      (#"{"method":"ping","params":null}"#, message(.plain, "ping")),
      (#"{"method":"ping","type":"other","content":"x"}"#, message(.plain, "ping")),
      (#"{"method":"tools/call","params":{"name":"n"}}"#, message(.plain, "tools/call", target: "n")),
      (#"{"type":"mcp_message","content":"ping"}"#, message(.drop, "ping")),
      (#"{"type":"mcp_message","content":""}"#, message(.drop, "")),
      (
        #"{"sluice":{"reply":"t"},"message":{"method":"x"}}"#,
        message(.plain, kind: .notification, "", isEnvelope: true)
      ),
      (#"{"sluice":7,"jsonrpc":"1.0"}"#, message(.plain, kind: .notification, "", isEnvelope: true)),
      (#"{"s\u006cuice":{}}"#, message(.plain, kind: .notification, "", isEnvelope: true)),
      // Twice below the levels that decide is nobody's business here.
      (#"{"method":"m","params":{"a":{"b":1,"b":2}}}"#, message(.plain, "m")),
    ] as [(String, Fields)])
  func admitted(_ text: String, _ expected: Fields) throws {
    #expect(Fields(try read(Array(text.utf8))) == expected)
  }

  @Test(
    arguments: [
      ("", .notJSON), (" ", .notJSON), ("{", .notJSON), ("}", .notJSON), ("{}x", .notJSON), ("{}{}", .notJSON),
      (#"{"method":"a",}"#, .notJSON), (#"{'method':'a'}"#, .notJSON), (#"{"method":"a" // c"#, .notJSON),
      (#"{"id":01}"#, .notJSON), (#"{"id":NaN}"#, .notJSON), (#"{"id":1e}"#, .notJSON), (#"{"a":"\x"}"#, .notJSON),
      (#"{"a":"\ud800"}"#, .notJSON), (#"{"a":"\udc00\ud800"}"#, .notJSON), ("{\"a\":\"\n\"}", .notJSON),
      ("{\"a\":\"\t\"}", .notJSON), ("{\"a\":\"\u{0}\"}", .notJSON), ("{}\u{0}", .notJSON), ("\u{0}{}", .notJSON),
      ("\u{feff}{\"method\":\"a\"}", .notJSON),
      ("[]", .invalidRequest), (#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, .invalidRequest),
      ("null", .invalidRequest),
      ("7", .invalidRequest), (#""text""#, .invalidRequest), ("true", .invalidRequest), ("1.5e3", .invalidRequest),
      ("{}", .invalidRequest), (#"{"method":7}"#, .invalidRequest), (#"{"method":null}"#, .invalidRequest),
      (#"{"type":"mcp_message"}"#, .invalidRequest), (#"{"type":"other","content":"x"}"#, .invalidRequest),
      (#"{"type":"mcp_message","content":7}"#, .invalidRequest),
      // What one reader takes for the call, another does not.
      (#"{"type":"mcp_message","content":"delete","method":"ping"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"method":"ping","type":"mcp_message","content":"delete"}"#, .invalidRequest),
      (#"{"id":1,"method":"a"}"#, .invalidRequest), (#"{"method":"a","params":"x"}"#, .invalidRequest),
      (#"{"method":"a","params":1.5}"#, .invalidRequest), (#"{"method":"a","params":true}"#, .invalidRequest),
      (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":2.0,"id":1,"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":null,"id":1,"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":true,"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":{},"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":[1],"method":"a"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1}"#, .invalidRequest), (#"{"jsonrpc":"2.0","id":1,"method":7}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"result":1,"error":{}}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"method":"a","params":null}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"method":"a","params":"x"}"#, .invalidRequest),
    ] as [(String, Refusal.Code)])
  func refused(_ text: String, _ code: Refusal.Code) {
    let refusal = #expect(throws: Refusal.self) { _ = try read(Array(text.utf8)) }
    #expect(refusal?.code == code)
  }

  @Test(
    arguments: [
      #"{"method":"a","method":"b"}"#, #"{"method":"a","\u006dethod":"b"}"#, #"{"m\u0065thod":"a","met\u0068od":"a"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"a","id":2}"#, #"{"x":1,"x":1,"method":"a"}"#,
      #"{"method":"tools/call","params":{"name":"a","name":"b"}}"#,
      #"{"method":"tools/call","params":{"name":"a","n\u0061me":"b"}}"#, #"{"sluice":{},"sluice":{}}"#,
      #"{"sluice":{},"message":{},"messag\u0065":{}}"#, #"{"":1,"":2,"method":"a"}"#, #"{"\u0000":1,"\u0000":2}"#,
      "{" + (0..<40).map { "\"k\($0)\":0," }.joined() + #""k3":1}"#,
      "{" + (0..<40).map { "\"k\($0)\":0," }.joined() + #""k39":1}"#,
    ])
  func twiceTheSameKey(_ text: String) {
    let refusal = #expect(throws: Refusal.self) { _ = try read(Array(text.utf8)) }
    #expect(refusal?.code == .invalidRequest)
    #expect(refusal?.reason.hasPrefix("duplicate member") == true)
  }

  /// Numbers that fit nowhere are good JSON all the same, where they decide nothing.
  @Test(
    arguments: [
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":123456789012345678901234567890}}"#, nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":-99999999999999999999,"s":"99999999999999999999"}}"#, nil),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":[18446744073709551616,1.5,"a\"99999999999999999999"]}"#, nil),
      (#"{"jsonrpc":"2.0","id":18446744073709551616,"method":"m"}"#, .invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":0123456789012345678901234567890}}"#, .notJSON),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":99999999999999999999x}}"#, .notJSON),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":+99999999999999999999}}"#, .notJSON),
      (#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"n":[99999999999999999999,01]}}"#, .notJSON),
    ] as [(String, Refusal.Code?)])
  func integersOfAnySize(_ text: String, _ code: Refusal.Code?) {
    do throws(Refusal) {
      let found = try read(Array(text.utf8))
      #expect(code == nil && found.method == "m" && found.id == .integer(1))
    } catch { #expect(error.code == code) }
  }

  /// A parser that folds case (Go's encoding/json, many in scripts) would take another call out of these than policy does.
  @Test(
    "T35: a name that differs from a deciding one in case only is refused",
    arguments: [
      #"{"method":"ping","Method":"admin"}"#, #"{"METHOD":"admin","method":"ping"}"#, #"{"Method":"admin"}"#,
      #"{"method":"ping","\u004dethod":"admin"}"#, #"{"method":"ping","meth\u004fd":"admin"}"#,
      #"{"jsonrpc":"2.0","id":1,"ID":2,"method":"a"}"#, #"{"jsonrpc":"2.0","Id":2,"method":"a"}"#,
      #"{"jsonrpc":"2.0","jsonRPC":"1.0","id":1,"method":"a"}"#, #"{"method":"tools/call","Params":{"name":"x"}}"#,
      #"{"method":"tools/call","param\u017f":{"name":"x"},"params":{"name":"y"}}"#,
      #"{"method":"a","j\u017fonrpc":"1"}"#,
      #"{"method":"a","Sluice":{}}"#, #"{"type":"mcp_message","content":"ping","Method":"admin"}"#,
      #"{"type":"mcp_message","content":"ping","Content":"admin"}"#,
      #"{"method":"ping","Type":"mcp_message","Content":"admin"}"#,
      #"{"jsonrpc":"2.0","id":1,"result":1,"Error":{}}"#,
      #"{"method":"tools/call","params":{"name":"a","Name":"b"}}"#, #"{"method":"tools/call","params":{"NAME":"b"}}"#,
      #"{"params":{"nAme":"b","name":"a"},"method":"prompts/get"}"#,
      #"{"method":"resources/read","params":{"uri":"a","URI":"b"}}"#,
    ])
  func t35TheSameKeyInOtherLetters(_ text: String) {
    let refusal = #expect(throws: Refusal.self) { _ = try read(Array(text.utf8)) }
    #expect(refusal?.code == .invalidRequest)
    #expect(refusal?.reason.hasPrefix("ambiguous member") == true, "\(refusal?.reason ?? "")")
  }

  @Test(arguments: [
    #"{"method":"a","params":{"Name":1,"name":2,"URI":3}}"#,
    #"{"method":"a","methods":1,"Methodical":1,"i":1,"IDs":1}"#,
    #"{"method":"resources/read","params":{"uri":"a","Name":"b"}}"#, #"{"method":"a","Other":1,"other":2}"#,
    #"{"method":"a","params":{"Method":"b","method":"c"}}"#, #"{"method":"a","\u0131d":1}"#,
  ])
  func otherLettersWhereNothingIsDecided(_ text: String) throws {
    #expect(try read(Array(text.utf8)).method == text.split(separator: "\"")[3])
  }

  @Test(arguments: [(254, true), (255, true), (256, false), (257, false), (100_000, false)])
  func depth(_ arrays: Int, _ isAdmitted: Bool) throws {
    // The object around them is a level too.
    let text =
      #"{"method":"a","x":"# + String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays) + "}"
    if isAdmitted {
      #expect(try read(Array(text.utf8)).method == "a")
    } else {
      let refusal = #expect(throws: Refusal.self) { _ = try read(Array(text.utf8)) }
      #expect(refusal == .tooDeep)
    }
  }

  @Test(
    arguments: [
      [0xff], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x80, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
      [0xf5, 0x80, 0x80, 0x80], [0x80], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
    ] as [[UInt8]])
  func bytesThatAreNoUTF8(_ bytes: [UInt8]) {
    let inValue = Array(#"{"method":"a"#.utf8) + bytes + Array(#""}"#.utf8)
    let inKey = Array(#"{"method":"a","k"#.utf8) + bytes + Array(#"":1}"#.utf8)
    for text in [inValue, inKey] {
      let refusal = #expect(throws: Refusal.self) { _ = try read(text) }
      #expect(refusal == .notJSON)
    }
  }

  /// One reader for all: what a text leaves behind must not show in the next.
  @Test func sizesUpAndDown() throws {
    let reader = MessageReader()
    for size in [0, 10, 5000, 100, 1 << 20, 3, 100_000, 64, 4096, 4095] {
      let text = #"{"method":"m\#(size)","pad":""# + String(repeating: "p", count: size) + #""}"#
      #expect(try reader.read(Array(text.utf8)).method == "m\(size)")
      #expect(throws: Refusal.notJSON) { _ = try reader.read(Array(text.utf8.dropLast())) }
    }
  }

  @Test(
    arguments: [
      (#"{"result":"pong"}"#, HandlerShape(isJSONRPC: false, isError: false, errorText: nil)),
      (#"{"result":null,"id2":1}"#, HandlerShape(isJSONRPC: false, isError: false, errorText: nil)),
      (#" {"error":"no"} "#, HandlerShape(isJSONRPC: false, isError: true, errorText: "no")),
      (#"{"error":{"code":1}}"#, HandlerShape(isJSONRPC: false, isError: true, errorText: nil)),
      (#"{"jsonrpc":"2.0","id":1,"result":{}}"#, HandlerShape(isJSONRPC: true, isError: false, errorText: nil)),
      (#"{"jsonrpc":"2.0","id":null,"error":{}}"#, HandlerShape(isJSONRPC: true, isError: true, errorText: nil)),
      (#"{"id":1,"result":{}}"#, nil), (#"{"jsonrpc":"2.0","result":{}}"#, nil), (#"{}"#, nil), ("", nil),
      (#"{"jsonrpc":"4.0","result":1}"#, nil), (#"{"jsonrpc":2,"result":1}"#, nil),
      (#"{"jsonrpc":null,"error":""}"#, nil), (#"{"\u006asonrpc":"1.0","result":1}"#, nil),
      ("pong", nil), (#"{"result":1"#, nil), (#"[{"result":1}]"#, nil), (#"{"result":1,"result":2}"#, nil),
    ] as [(String, HandlerShape?)])
  func handlerLines(_ text: String, _ expected: HandlerShape?) {
    let line = MessageReader().readHandlerLine(Array(text.utf8))
    #expect(
      line.map { HandlerShape(isJSONRPC: $0.isJSONRPC, isError: $0.isError, errorText: $0.errorText) } == expected)
  }

  struct HandlerShape: Equatable, Sendable {
    let isJSONRPC: Bool
    let isError: Bool
    let errorText: String?
  }
}
