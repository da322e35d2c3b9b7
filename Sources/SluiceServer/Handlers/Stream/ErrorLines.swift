internal import SluicePolicy

/// What a server says beside the protocol, made fit for a log: bounded by line and in rate.
struct ErrorLines {
  /// Bytes of one line that are kept.
  static let longest = 400
  /// Lines at once, and nanoseconds for as many more.
  static let burst: Int64 = 32
  private static let period: Int64 = 10_000_000_000

  private var partial: [UInt8] = []
  private var rate: TokenBucket
  private var leftOut = 0

  init(now: Int64) { rate = TokenBucket(capacity: Self.burst, period: Self.period, now: now) }

  /// Takes bytes of a stream; calls `line` for each of its lines that may be said.
  mutating func consume(_ bytes: ArraySlice<UInt8>, now: Int64, _ line: (String) -> Void) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      keep(rest[..<end])
      rest = rest[(end + 1)...]
      sayPartial(now: now, line)
    }
    keep(rest)
  }

  /// The end of the stream.
  mutating func end(now: Int64, _ line: (String) -> Void) {
    sayPartial(now: now, line)
    if leftOut > 0 { line("(\(leftOut) lines left out)") }
    leftOut = 0
  }

  /// One line of ours about it, at the same rate.
  mutating func say(_ text: String, now: Int64, _ line: (String) -> Void) {
    guard rate.take(now: now) == nil else {
      leftOut += 1
      return
    }
    if leftOut > 0 { line("(\(leftOut) lines left out)") }
    leftOut = 0
    line(text)
  }

  private mutating func keep(_ bytes: ArraySlice<UInt8>) {
    partial.append(contentsOf: bytes.prefix(Self.longest - partial.count))
  }

  private mutating func sayPartial(now: Int64, _ line: (String) -> Void) {
    let text = partial
    partial.removeAll(keepingCapacity: true)
    if !text.isEmpty { say(String(decoding: text, as: UTF8.self), now: now, line) }
  }
}
