import SluiceWire
import Testing

@Suite struct JSONTextsTests {
  @Test(arguments: [
    #"{"#, #"{"method":"#, #"{"method":"ping","params":{"a":[1,2"#, #" {"a":"un"#, #"{"a":"x\"#, #"{"a":"}"#, "{\n",
    #"{"a":{"b":1}"#, #"{"a":"é"#,
  ])
  func beginnings(text: String) { #expect(JSONTexts.isBeginning(Array(text.utf8))) }

  @Test(arguments: [
    "", "   \n", #"{}"#, #"{"a":1}"#, #"{"a":1} "#, "junk", #"["a""#, #""a"#, #"}"#, #"{"a":1]"#, #"{"a":[1}"#, "1",
    #"{} {"#, "\u{0}{", #"x{"#, #"{"a":1}{"b""#,
  ])
  func nothingElse(text: String) { #expect(!JSONTexts.isBeginning(Array(text.utf8))) }

  @Test func depthIsBounded() {
    #expect(JSONTexts.isBeginning(Array(String(repeating: #"{"a":"#, count: 64).utf8)))
    #expect(!JSONTexts.isBeginning(Array(String(repeating: #"{"a":"#, count: 65).utf8)))
  }

  @Test(arguments: [
    (#"{"a":1}{"b":2}"#, [#"{"a":1}"#, #"{"b":2}"#]), (#" {"a":"}{"} {} "#, [#"{"a":"}{"}"#, "{}"]), ("", []),
    (#"{"a":[{}]}"#, [#"{"a":[{}]}"#]),
  ])
  func objectsInARow(_ text: String, _ expected: [String]) throws {
    let bytes = Array(text.utf8)
    let pieces = try #require(JSONTexts.split(bytes))
    #expect(pieces.whole.map { String(decoding: bytes[$0], as: UTF8.self) } == expected && pieces.begun == nil)
  }
}
