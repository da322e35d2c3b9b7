import SluiceWire

/// A way to bring a stream to the framer.
enum StreamFeeder {
  case whole
  case pieces(seed: UInt8)
  /// In pieces, by a caller that takes one message at a time and stops.
  case pausing(seed: UInt8)

  func events(of stream: [UInt8], limit: Int) -> [StreamEvent] {
    var sizes: PieceSizes?
    var pauses = false
    switch self {
    case .whole: break
    case .pieces(let seed): sizes = PieceSizes(seed)
    case .pausing(let seed):
      sizes = PieceSizes(seed)
      pauses = true
    }
    var framer = LineFramer(limit: limit)
    var events: [StreamEvent] = []
    var start = 0
    while start < stream.count {
      let end = min(start + (sizes?.next() ?? stream.count), stream.count)
      let piece = Array(stream[start..<end])
      start = end
      var before = events.count
      framer.consume(
        piece.span.bytes, message: { Self.take($0, &events, !pauses) }, fault: { events.append(StreamEvent($0)) })
      while pauses, events.count > before {
        before = events.count
        framer.resume(message: { Self.take($0, &events, false) }, fault: { events.append(StreamEvent($0)) })
      }
    }
    precondition(framer.pendingCount <= limit + 1, "more is kept than the limit")
    framer.endOfStream(
      message: { _ = Self.take($0, &events, true) }, fault: { events.append(StreamEvent($0)) })
    precondition(framer.isEmpty)
    return events
  }

  private static func take(_ line: RawSpan, _ events: inout [StreamEvent], _ goesOn: Bool) -> Bool {
    events.append(.message(line.withUnsafeBytes { Array($0) }))
    return goesOn
  }
}

/// Sizes of 1 to 64 from a linear congruential generator: the same for the same input, so that a finding repeats.
private struct PieceSizes {
  private var state: UInt32
  init(_ seed: UInt8) { state = UInt32(seed) }
  mutating func next() -> Int {
    state = state &* 1_664_525 &+ 1_013_904_223
    return Int(state >> 24) % (state & 0x100_0000 == 0 ? 4 : 64) + 1
  }
}
