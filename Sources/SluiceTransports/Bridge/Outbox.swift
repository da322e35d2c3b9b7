internal import SluiceWire

/// Lines of the host on their way to the server, in order, with where each begins: a line of which no byte was written
/// can still go to another server, one of which some was written cannot.
struct Outbox {
  /// What a line means when it is written or given up.
  enum Meaning: Equatable {
    case request(BridgeCall)
    /// `notifications/initialized`.
    case initialized
    /// `notifications/cancelled` of this request.
    case cancel(RequestID)
    /// An answer to a request of this server's, and of no other.
    case response
    case other
  }

  private struct Line {
    /// Offset of its first byte in all that was ever added, and of the byte after its newline.
    let start: Int
    let end: Int
    let arrived: Int64
    let meaning: Meaning
  }

  private(set) var bytes: [UInt8] = []
  /// Offset of `bytes[0]` in all that was ever added.
  private var base = 0
  /// Offset of the next byte to be written.
  private var next = 0
  private var lines: [Line] = []
  private var first = 0
  /// Lines from here on have no byte written.
  private var firstUntouched = 0

  /// Where the next byte to be written stands in `bytes`.
  var position: Int { next - base }
  /// Bytes that wait.
  var count: Int { base + bytes.count - next }
  var isEmpty: Bool { count == 0 }
  /// When the oldest line that nothing was written of came; nil without one.
  var oldest: Int64? { firstUntouched < lines.count ? lines[firstUntouched].arrived : nil }

  mutating func add(_ line: RawSpan, _ meaning: Meaning, arrived: Int64) {
    let start = base + bytes.count
    unsafe line.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\n"))
    lines.append(Line(start: start, end: base + bytes.count, arrived: arrived, meaning: meaning))
  }

  /// Bytes were written; `begun` gets the meaning of each line of which they were the first.
  mutating func wrote(_ count: Int, begun: (Meaning) -> Void) {
    next += count
    while firstUntouched < lines.count, lines[firstUntouched].start < next {
      begun(lines[firstUntouched].meaning)
      firstUntouched += 1
    }
    while first < firstUntouched, lines[first].end <= next { first += 1 }
    compact()
  }

  /// The connection is gone: what is left of a line that was written in part goes, and so do answers to that server.
  mutating func cut() { self = kept { $0 >= firstUntouched && lines[$0].meaning != .response } }

  /// Gives up lines that came before this time and of which nothing was written; `body` gets the meaning of each.
  mutating func expire(before time: Int64, _ body: (Meaning) -> Void) {
    guard let oldest, oldest < time else { return }
    for index in firstUntouched..<lines.count where lines[index].arrived < time { body(lines[index].meaning) }
    self = kept { $0 < firstUntouched || lines[$0].arrived >= time }
  }

  /// One of the lines that `test` wants by their index.
  private func kept(_ test: (Int) -> Bool) -> Outbox {
    var kept = Outbox()
    for index in first..<lines.count where test(index) {
      let line = lines[index]
      let isTouched = index < firstUntouched
      let from = max(isTouched ? next : line.start, line.start)
      kept.bytes.append(contentsOf: bytes[(from - base)..<(line.end - base)])
      kept.lines.append(
        Line(
          start: kept.bytes.count - (line.end - from), end: kept.bytes.count, arrived: line.arrived,
          meaning: line.meaning))
      if isTouched { kept.firstUntouched += 1 }
    }
    return kept
  }

  private mutating func compact() {
    if next == base + bytes.count {
      base = next
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 18)
      lines.removeAll(keepingCapacity: lines.capacity <= 1 << 12)
      first = 0
      firstUntouched = 0
    } else if position > 1 << 18 {
      bytes.removeFirst(position)
      base = next
      lines.removeFirst(first)
      firstUntouched -= first
      first = 0
    }
  }
}
