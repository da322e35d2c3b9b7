import SluiceWire
import Testing

@Suite struct RelayWordsTests {
  @Test(arguments: [(0, 1), (1, 1), (500, 1), (501, 2), (1000, 2), (1001, 3), (20_000, 40)])
  func aHelloTakesAsManyLinesAsItNeeds(_ count: Int, _ lines: Int) {
    let ids = (0..<count).map { "c0000000000000000-0123456789abcdef-\($0)" }
    let hello = RelayWords.hello(pending: ids, isHolding: true).map { String(decoding: $0, as: UTF8.self) }
    #expect(hello.count == lines)
    #expect(hello.first?.hasPrefix(#"{"relay":"hello","holding":true,"pending":["#) == true)
    #expect(hello.dropFirst().allSatisfy { $0.hasPrefix(#"{"relay":"ids","pending":["#) })
    #expect(hello.last?.hasSuffix(#"],"more":false}"#) == true)
    #expect(hello.dropLast().allSatisfy { $0.hasSuffix(#"],"more":true}"#) })
    // Below the server's limit for a line, which is never less than this.
    #expect(hello.allSatisfy { $0.utf8.count < 65536 && !$0.contains("\n") })
    let named = hello.flatMap { line in line.split(separator: "\"").filter { $0.hasPrefix("c0") }.map(String.init) }
    #expect(named == ids)
  }

  @Test func whatIsSettledIsReadBack() {
    let id = "c0000000000000000-0123456789abcdef-0"
    #expect(RelayWords.settledID(Array(RelayWords.settled(id: id).dropLast())) == id)
  }

  /// What is not written just so is left to the parser.
  @Test(
    arguments: [
      "", #"{"settled":"#, #"{"settled":"}"#, #"{"settled":"a\u0062"}"#, #"{"settled":"a","hold":true}"#,
      #"{"hold":true}"#,
      #" {"settled":"a"}"#, #"{"settled":"a"} "#,
    ])
  func anythingElseIsNoSettledID(_ line: String) { #expect(RelayWords.settledID(Array(line.utf8)) == nil) }
}
