import SluiceWire
import Testing

/// Facts beside a message.
@Suite struct EnvelopeTests {
  private func open(_ text: String) throws(Refusal) -> Envelope {
    let bytes = Array(text.utf8)
    let reader = MessageReader()
    let message = try reader.read(bytes)
    #expect(message.isEnvelope)
    return try reader.openEnvelope(bytes.span.bytes)
  }

  /// Inner texts whose bytes must come out as they went in.
  static let inners = [
    #"{"method":"ping"}"#, "{}", "{ }", "{\t\"method\" :\r\"a\\u0062\" , \"x\":[ 1 , 2.0e+5,-0 ] }",
    #"{"a":"}","b":"\"}]{","c":"\\"}"#, #"{"message":{"sluice":{"message":{}}},"sluice":{}}"#,
    "{\"ü\":\"\u{1F600}\",\"n\":{\"n\":{\"n\":{}}}}", #"{"a":{},"b":[],"c":[{}]}"#,
    #"{"n":1.000000000000000000000001}"#,
  ]

  @Test(arguments: inners) func innerBytesAreKeptExactly(_ inner: String) throws {
    let texts = [
      #"{"sluice":{"reply":"t"},"message":\#(inner)}"#, #"{"message":\#(inner),"sluice":{"reply":"t"}}"#,
      " { \"sluice\" : {\"reply\":\"t\"} ,\t\"message\" : \(inner) \t\r } ",
      " {\n\"message\"\n:\n\(inner)\n\n,\"sluice\":{ \"reply\" : \"t\" }\n}\n",
    ]
    for text in texts {
      let envelope = try open(text)
      let range = try #require(envelope.message)
      #expect(Array(Array(text.utf8)[range]) == Array(inner.utf8), "in \(text)")
      #expect(envelope.reply == "t")
    }
  }

  @Test(arguments: inners) func wrappingAndOpening(_ inner: String) throws {
    var envelope = Envelope()
    envelope.claim = "c0-1"
    envelope.reply = "r\"\\\u{1}ü"
    envelope.canary = "y"
    envelope.control = "z"
    envelope.proof = "leased"
    envelope.origin = Envelope.Origin(
      uid: 4_294_967_294, gid: 0, mode: 0o644, attestation: "owner", path: "/tmp/mcp\n_in.json")
    let bytes = envelope.wrap(Array(inner.utf8))
    let opened = try open(String(decoding: bytes, as: UTF8.self))
    #expect(Array(bytes[try #require(opened.message)]) == Array(inner.utf8))
    envelope.message = opened.message
    #expect(opened == envelope)
  }

  @Test func anEnvelopeMayHaveNoMessage() throws {
    let envelope = try open(#"{"sluice":{"control":"drain"}}"#)
    #expect(envelope.control == "drain")
    #expect(envelope.message == nil)
    #expect(try open(#"{"sluice":{}}"#) == Envelope())
  }

  @Test(
    arguments: [
      #"{"sluice":7}"#, #"{"sluice":null}"#, #"{"sluice":[]}"#, #"{"sluice":"x","message":{}}"#,
      #"{"sluice":{},"message":7}"#, #"{"sluice":{},"message":[]}"#, #"{"sluice":{},"message":null}"#,
      #"{"sluice":{},"message":{},"x":1}"#, #"{"sluice":{},"method":"ping"}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"a","sluice":{}}"#,
      #"{"sluice":{"unknown":"x"},"message":{}}"#, #"{"sluice":{"reply":7},"message":{}}"#,
      #"{"sluice":{"reply":null},"message":{}}"#, #"{"sluice":{"reply":"a","reply":"b"},"message":{}}"#,
      #"{"sluice":{"reply":"a","r\u0065ply":"b"},"message":{}}"#, #"{"sluice":{"claim":{"a":1}},"message":{}}"#,
      #"{"sluice":{"origin":7},"message":{}}"#, #"{"sluice":{"origin":{}},"message":{}}"#,
      #"{"sluice":{"origin":{"gid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":1,"gid":1}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":-1,"gid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":4294967296,"gid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":1.0,"gid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":"1","gid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":1,"uid":0,"gid":1,"mode":0}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":1,"gid":1,"mode":0,"extra":1}},"message":{}}"#,
      #"{"sluice":{"origin":{"uid":1,"gid":1,"mode":0,"path":7}},"message":{}}"#,
      // Parsers that compare raw and resolved keys would disagree on which one this is.
      #"{"sluice":{},"mess\u0061ge":{"method":"x"}}"#,
    ])
  func forgery(_ text: String) {
    let refusal = #expect(throws: Refusal.self) { _ = try open(text) }
    #expect(refusal == .forgedEnvelope)
  }

  @Test(
    arguments: [
      ("a", true), ("A-Z_0.9", true), (String(repeating: "t", count: 64), true),
      (String(repeating: "t", count: 65), false),
      ("", false), (".", false), ("..", false), (".hidden", false), ("a/b", false), ("a\0b", false), ("a b", false),
      ("ü", false), ("a\n", false), ("a..b", true), ("-", true),
    ])
  func tokens(_ text: String, _ isToken: Bool) { #expect(Envelope.isToken(text) == isToken) }
}
