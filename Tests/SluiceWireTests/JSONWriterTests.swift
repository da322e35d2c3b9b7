import SluiceWire
import Testing

/// JSON text piece by piece.
@Suite struct JSONWriterTests {
  /// Every scalar of the first blocks and some of the others: what is written is read back the same.
  @Test func stringsGoRoundTrip() throws {
    let reader = MessageReader()
    var texts = (0..<0x300 as Range<UInt32>).compactMap(Unicode.Scalar.init).map { "a\($0)b" }
    texts += ["", "\"", "\\", "\\u0041", "</script>", "\u{2028}\u{2029}", "\u{fffd}", "\u{10ffff}", "e\u{301}", "\r\n"]
    for text in texts {
      var json = JSONWriter()
      json.beginObject()
      json.member("method", text)
      json.endObject()
      let read = try reader.read(json.bytes)
      #expect(Array(read.method.utf8) == Array(text.utf8))
      #expect(!json.bytes.contains { $0 < 0x20 })
    }
  }

  @Test(arguments: [0, 9, 10, -1, 1_234_567_890, .max, .min] as [Int64]) func numbers(_ value: Int64) {
    var bytes: [UInt8] = []
    JSONWriter.append(value, to: &bytes)
    JSONWriter.append(value.magnitude, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == "\(value)\(value.magnitude)")
  }

  @Test func commasAreItsBusiness() {
    var json = JSONWriter(reusing: Array(">".utf8))
    json.beginObject()
    json.beginObject("empty")
    json.endObject()
    json.member("a", 1)
    json.member("b", true)
    json.member("c", raw: Array("[0]".utf8))
    json.beginArray("list")
    json.element("x")
    json.beginObject()
    json.member(named: "k\"", "v")
    json.member(named: "n", 7 as Int64)
    json.endObject()
    json.beginArray()
    json.endArray()
    json.element("y")
    json.endArray()
    json.beginObject(named: "last")
    json.member("s", "")
    json.endObject()
    json.endObject()
    let expected =
      #">{"empty":{},"a":1,"b":true,"c":[0],"list":["x",{"k\"":"v","n":7},[],"y"],"last":{"s":""}}"#
    #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
  }
}
