import SluiceWire
import Testing

/// What a server's output becomes, whatever pieces it comes in.
@Suite struct BackendLinesTests {
  typealias Piece = BackendLines.Piece

  static func line(_ text: String) -> Piece { .line(Array(text.utf8)) }
  static let long = String(repeating: "x", count: 64)

  @Test(arguments: [
    ("{\"a\":1}\n{\"b\":2}\n", [line("{\"a\":1}"), line("{\"b\":2}")]),
    ("\n  \n\r\n\t\n", []),
    ("one\r\ntwo\r\n", [line("one"), line("two")]),
    ("half", [line("half")]),
    ("a\u{2028}b\n", [line("a\u{2028}b")]),
    ("{\"id\":7,\"result\":\"\(long)\"}\nnext\n", [Piece.oversized(.integer(7)), line("next")]),
    ("{\"result\":\"\(long)\",\"jsonrpc\":\"2.0\",\"id\":\"7\"}\n", [.oversized(.string("7"))]),
    ("{\"id\":7,\"result\":\"\(long)", [.oversized(.integer(7))]),
    ("\(long)\(long)\nnext\n", [.oversized(nil), line("next")]),
    (String(repeating: "y", count: 40) + "\r\n", [line(String(repeating: "y", count: 40))]),
    (String(repeating: "y", count: 41) + "\n", [.oversized(nil)]),
  ])
  func everyStream(_ text: String, _ expected: [Piece]) {
    let bytes = Array(text.utf8)
    for size in [1, 2, 3, 7, 41, bytes.count] {
      var lines = BackendLines(limit: 40)
      var found: [Piece] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        let chunk = Array(bytes[start..<min(start + size, bytes.count)])
        lines.consume(chunk.span.bytes) { found.append($0) }
      }
      lines.endOfStream { found.append($0) }
      #expect(found == expected, "in pieces of \(size)")
      #expect(lines.pendingCount == 0)
    }
  }

  /// Whose answer a line is that nobody keeps or can read.
  @Test(
    arguments: [
      (#"{"jsonrpc":"2.0","id":1,"result":{"id":2}}"#, RequestID.integer(1)),
      (#"{"jsonrpc":"2.0","result":[{"id":2},{"method":"m"}],"id":-3}"#, .integer(-3)),
      (#"{"jsonrpc":"2.0","error":{"code":1},"id":"a\"b"}"#, .string("a\"b")),
      (#" { "id" : 18446744073709551615 , "result" : 1 }"#, .unsigned(.max)),
      (#"{"id":1,"result":"begun"#, .integer(1)),
      (#"{"id":1"#, nil), (#"{"result":1}"#, nil), (#"{"id":1}"#, nil),
      (#"{"id":1,"method":"m","result":1}"#, nil),
      (#"{"id":1,"id":2,"result":1}"#, nil), (#"{"id":null,"result":1}"#, nil), (#"{"id":1.5,"result":1}"#, nil),
      (#"{"id":[1],"result":1}"#, nil), (#"{"id":true,"result":1}"#, nil),
      (#"log: {"id":1,"result":1}"#, nil), (#"[{"id":1,"result":1}]"#, nil), (#"{"id":1,"result":1}}"#, nil),
      (#"{{"id":1,"result":1}"#, nil), (#"{"\u0069d":1,"result":1}"#, nil), ("", nil),
      (#"{"x":"\",\"id\":9,\"","id":4,"result":0}"#, .integer(4)),
    ] as [(String, RequestID?)])
  func everyScan(_ text: String, _ expected: RequestID?) {
    var scan = ReplyScan()
    for byte in text.utf8 { scan.consume([byte]) }
    #expect(scan.id == expected)
  }
}
