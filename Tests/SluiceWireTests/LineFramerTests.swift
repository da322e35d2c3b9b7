import SluiceWire
import Testing

/// Messages from a byte stream, whatever the pieces it comes in.
@Suite struct LineFramerTests {
  /// What came out: messages as text, faults in angle brackets.
  final class Output {
    var events: [String] = []
    /// Messages are refused from this count on until it is raised.
    var capacity = Int.max
    var isFull: Bool { events.count >= capacity }

    func take(_ bytes: RawSpan) -> Bool {
      events.append(String(decoding: bytes.withUnsafeBytes { Array($0) }, as: UTF8.self))
      return !isFull
    }
    func fault(_ fault: LineFramer.Fault) { events.append("<\(fault)>") }
  }

  private func feed(_ framer: inout LineFramer, _ bytes: ArraySlice<UInt8>, _ output: Output) {
    let piece = Array(bytes)
    framer.consume(piece.span.bytes, message: { output.take($0) }, fault: { output.fault($0) })
  }

  /// (stream, messages, what is pending at the end); the limit is 8.
  static let streams: [(String, [String], Int)] = [
    ("", [], 0),
    ("\n\n \n\t\r\n\r\n", [], 0),
    ("a\nbb\nccc\n", ["a", "bb", "ccc"], 0),
    ("a\r\nbb\r\n", ["a", "bb"], 0),
    ("a\rb\n", ["a\rb"], 0),
    ("a\r\r\n", ["a\r"], 0),
    (" a \n", [" a "], 0),
    ("1234567\n", ["1234567"], 0),
    ("12345678\n", ["12345678"], 0),
    ("12345678\r\n", ["12345678"], 0),
    ("123456789\n", ["<tooLarge>"], 0),
    ("123456789\r\n", ["<tooLarge>"], 0),
    ("1234567890123\nok\n", ["<tooLarge>", "ok"], 0),
    ("ok\n1234567890123\n\nok\n", ["ok", "<tooLarge>", "ok"], 0),
    // A blank line that is too long counts like any other: ids are numbers of lines.
    ("            \nok\n", ["<tooLarge>", "ok"], 0),
    ("            \r\n", ["<tooLarge>"], 0),
    ("       \nok\n", ["ok"], 0),
    ("a\nrest", ["a"], 4),
    ("12345678", [], 8),
    ("12345678\r", [], 9),
    ("é\u{0}\u{1F600}\n", ["é\u{0}\u{1F600}"], 0),
  ]

  @Test(arguments: streams) func everySplitGivesTheSame(_ text: String, _ expected: [String], _ pending: Int) {
    let stream = Array(text.utf8)
    for first in 0...stream.count {
      for second in first...stream.count {
        var framer = LineFramer(limit: 8)
        let output = Output()
        for piece in [stream[..<first], stream[first..<second], stream[second...]] { feed(&framer, piece, output) }
        #expect(output.events == expected, "split at \(first) and \(second)")
        let count = framer.pendingCount
        #expect(count == pending)
        let isEmpty = framer.isEmpty
        #expect(isEmpty == (pending == 0))
      }
    }
  }

  @Test(arguments: streams) func byteByByteAndPausedAtEveryMessage(
    _ text: String, _ expected: [String], _ pending: Int
  ) {
    let stream = Array(text.utf8)
    for size in [1, 2, 3, max(1, stream.count)] {
      var framer = LineFramer(limit: 8)
      let output = Output()
      var start = 0
      while start < stream.count {
        output.capacity = output.events.count + 1
        feed(&framer, stream[start..<min(start + size, stream.count)], output)
        start += size
        // As its users do: nothing is fed while lines are held back.
        while output.isFull {
          output.capacity = output.events.count + 1
          framer.resume(message: { output.take($0) }, fault: { output.fault($0) })
        }
      }
      #expect(output.events == expected, "in pieces of \(size)")
      let count = framer.pendingCount
      #expect(count == pending)
    }
  }

  @Test(arguments: [(9, 0), (10, 1), (128, 1), (129, 2), (257, 2), (2000, 2)])
  func anEndlessLineIsReportedOnceAndCostsNoMemory(_ count: Int, _ faults: Int) {
    var framer = LineFramer(limit: 8)
    let output = Output()
    for _ in 0..<count { feed(&framer, [UInt8(ascii: "x")], output) }
    #expect(output.events.prefix(1) == (faults > 0 ? ["<tooLarge>"] : []))
    #expect(output.events.dropFirst().allSatisfy { $0 == "<endless>" })
    #expect(output.events.count == faults)
    let pending = framer.pendingCount
    #expect(pending <= 9)
    feed(&framer, Array("\nok\n".utf8)[...], output)
    #expect(output.events.last == "ok")
  }

  /// Whether a peer speaks lines must not hang on how its bytes were split into reads.
  @Test(arguments: [(128, ["<tooLarge>"]), (129, ["<tooLarge>", "<endless>"]), (500, ["<tooLarge>", "<endless>"])])
  func anEndlessLineIsOneInWhateverPieces(_ count: Int, _ faults: [String]) {
    let stream = [UInt8](repeating: UInt8(ascii: "x"), count: count) + Array("\nok\n".utf8)
    for size in [1, 7, 9, 10, 100, stream.count] {
      var framer = LineFramer(limit: 8)
      let output = Output()
      for start in stride(from: 0, to: stream.count, by: size) {
        feed(&framer, stream[start..<min(start + size, stream.count)], output)
      }
      #expect(output.events == faults + ["ok"], "in pieces of \(size)")
    }
  }

  @Test(
    arguments: [
      ("", []), ("a\n", ["a"]), ("a\nrest", ["a", "rest"]), ("rest\r", ["rest"]), ("  ", []),
      ("12345678", ["12345678"]),
      ("12345678\r", ["12345678"]), ("123456789", ["<tooLarge>"]), ("1234567890", ["<tooLarge>"]),
      ("1234567890123", ["<tooLarge>"]),
    ] as [(String, [String])])
  func theEndOfTheStreamEndsALine(_ text: String, _ expected: [String]) {
    var framer = LineFramer(limit: 8)
    let output = Output()
    feed(&framer, Array(text.utf8)[...], output)
    framer.endOfStream(message: { _ = output.take($0) }, fault: { output.fault($0) })
    #expect(output.events == expected)
    let isEmpty = framer.isEmpty
    #expect(isEmpty)
  }

  @Test(
    arguments: [("rest", "rest"), ("rest\r", "rest"), ("12345678", "12345678"), ("123456789", nil), ("", nil)]
      as [(String, String?)])
  func whatIsThereIsTakenOnlyIfItIsWhole(_ text: String, _ expected: String?) {
    var framer = LineFramer(limit: 8)
    let output = Output()
    feed(&framer, Array(text.utf8)[...], output)
    let refused = framer.takeRest { _ in false }
    #expect(!refused)
    #expect(framer.restIs { _ in true } == (expected != nil))
    let taken = framer.takeRest { output.take($0) }
    #expect(taken == (expected != nil))
    #expect(output.events == (expected.map { [$0] } ?? []))
    let again = framer.takeRest { _ in true }
    #expect(!again)
  }
}
