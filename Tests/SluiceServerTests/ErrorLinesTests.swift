import Testing

@testable import SluiceServer

/// What a server says on its error output, as the log gets it.
@Suite struct ErrorLinesTests {
  @Test func linesWhateverTheirPieces() {
    var lines = ErrorLines(now: 0)
    var said: [String] = []
    for chunk in ["one\ntw", "o\n\n", "half"] { lines.consume(ArraySlice(chunk.utf8), now: 0) { said.append($0) } }
    lines.end(now: 0) { said.append($0) }
    #expect(said == ["one", "two", "half"])
  }

  @Test func aLongLineIsCutAndTheNextIsWhole() {
    var lines = ErrorLines(now: 0)
    var said: [String] = []
    let long = String(repeating: "x", count: 10_000)
    lines.consume(ArraySlice((long + long + "\nnext\n").utf8), now: 0) { said.append($0) }
    #expect(said == [String(repeating: "x", count: ErrorLines.longest), "next"])
  }

  @Test func aFloodIsCountedAndNotSaid() {
    var lines = ErrorLines(now: 0)
    var said: [String] = []
    for number in 0..<1000 { lines.consume(ArraySlice("line \(number)\n".utf8), now: 0) { said.append($0) } }
    #expect(said.count == Int(ErrorLines.burst))
    lines.consume(ArraySlice("later\n".utf8), now: 10_000_000_000) { said.append($0) }
    #expect(said.suffix(2) == ["(\(1000 - ErrorLines.burst) lines left out)", "later"])
  }
}
