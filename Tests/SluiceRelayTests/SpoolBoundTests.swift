import Testing

@testable import SluiceRelay

@Suite struct SpoolBoundTests {
  @Test func itIsFullAboveTheLimitUntilAQuarterHasGone() {
    var bound = SpoolBound(entries: 100)
    let counts = [0, 100, 101, 100, 76, 75, 100, 101]
    let states = counts.map { count in
      _ = bound.update(entries: count, bytes: 0)
      return bound.isFull
    }
    #expect(states == [false, false, true, true, true, false, false, true])
  }

  @Test func bytesCountToo() {
    var bound = SpoolBound(entries: 100)
    let steps = [SpoolBound.bytes, SpoolBound.bytes + 1, SpoolBound.bytes, SpoolBound.bytes / 4 * 3]
    let changes = steps.map { bound.update(entries: 1, bytes: $0) }
    #expect(changes == [false, true, false, true])
    #expect(!bound.isFull)
  }

  /// The least and the largest limit of a channel file.
  @Test(arguments: [1, 1_000_000]) func anEmptySpoolIsNeverFull(_ entries: Int) {
    var bound = SpoolBound(entries: entries)
    _ = bound.update(entries: entries + 1, bytes: 0)
    #expect(bound.isFull)
    _ = bound.update(entries: 0, bytes: 0)
    #expect(!bound.isFull)
  }
}
