import SluiceWire
import Testing

@Suite struct JSONSliceTests {
  static func slice(_ text: String) -> JSONSlice? { JSONSlice(Array(text.utf8)) }
  static func text(_ slice: JSONSlice?) -> String? { slice.map { String(decoding: $0.raw, as: UTF8.self) } }

  @Test(
    arguments: [
      (#"{"a":1.50e+1}"#, "a", "1.50e+1"), (#" { "a" : [ 1 , 2 ] } "#, "a", "[ 1 , 2 ]"),
      (#"{"b":"}","a":"\"{"}"#, "a", #""\"{""#), (#"{"\u0061":true}"#, "a", "true"),
      (#"{"a":{"a":1},"b":null}"#, "b", "null"), (#"{"a":1,"a":2}"#, "a", nil), (#"{}"#, "a", nil), ("[1]", "a", nil),
    ] as [(String, String, String?)])
  func members(_ json: String, _ key: String, _ expected: String?) {
    #expect(Self.text(Self.slice(json)?[key]) == expected)
  }

  @Test(
    arguments: [
      ("[]", []), ("[1]", ["1"]), (#"[ {"a":[]} , "x,]" , -0 ]"#, [#"{"a":[]}"#, #""x,]""#, "-0"]), ("{}", nil),
      ("1", nil),
    ] as [(String, [String]?)])
  func elements(_ json: String, _ expected: [String]?) {
    #expect(Self.slice(json)?.elements?.compactMap { Self.text($0) } == expected)
  }

  @Test(
    arguments: [
      (#""plain é""#, "plain é"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u00e9\u20AC""#, "é€"),
      (#""\ud83d\ude00!""#, "😀!"), (#""\ud83d!""#, "\u{fffd}!"), (#""\ude00""#, "\u{fffd}"), (#""\ud83d""#, "\u{fffd}"),
      (#""\x""#, nil), (#""\u12g4""#, nil), (#""\u12""#, nil), ("1", nil), ("\"", nil),
    ] as [(String, String?)])
  func texts(_ json: String, _ expected: String?) { #expect(Self.slice(json)?.text == expected) }

  @Test(
    arguments: [
      ("7", RequestID.integer(7)), ("\"7\"", .string("7")), ("-7", .integer(-7)),
      ("18446744073709551615", .unsigned(.max)),
      ("18446744073709551616", nil), ("7.0", nil), ("null", nil), ("true", nil), ("[7]", nil), ("+7", nil),
    ] as [(String, RequestID?)])
  func ids(_ json: String, _ expected: RequestID?) { #expect(Self.slice(json)?.id == expected) }

  /// Text that is no JSON is nil somewhere and never a trap.
  @Test func everyTruncationAndEveryByte() {
    let bytes = Array(#"{"a":[1,{"b":"\u00e9\""},null],"c":{"d":-1}}"#.utf8)
    func look(_ slice: JSONSlice?) {
      for member in slice?.members ?? [] { look(member.value) }
      for element in slice?.elements ?? [] { look(element) }
      _ = slice?.text
      _ = slice?.id
    }
    for count in 0...bytes.count { look(JSONSlice(Array(bytes[..<count]))) }
    for place in bytes.indices {
      for byte: UInt8 in [0, 0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d, 0x2c, 0x3a, 0xff] {
        var changed = bytes
        changed[place] = byte
        look(JSONSlice(changed))
      }
    }
  }
}
