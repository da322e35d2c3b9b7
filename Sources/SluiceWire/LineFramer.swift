internal import CSimdjson

/// Splits a byte stream into messages at newlines, with a bound on what one message may take.
///
/// Whole lines are handed on where they lie in the caller's buffer; only the start of an unfinished one is copied. A
/// line over the limit is reported once, when it crosses it, and skipped to its newline, so that one oversized message
/// costs its sender that message and nothing else.
package struct LineFramer: ~Copyable {
  /// What a stream can bring besides messages.
  package enum Fault: Equatable, Sendable {
    case tooLarge
    /// A line of more than `endlessFactor` limits: the peer is not speaking lines. Once a line, after `tooLarge`.
    case endless
  }

  package let limit: Int
  private var partial: [UInt8] = []
  private var isSkipping = false
  /// Bytes so far of the line that is skipped.
  private var skipped = 0

  /// How many times the limit a line may be before it counts as endless.
  package static let endlessFactor = 16

  package init(limit: Int) { self.limit = limit }

  /// Goes on where another framer stopped.
  package init(limit: Int, carrying rest: Rest) {
    self.limit = limit
    partial = rest.bytes
    isSkipping = rest.skipped != nil
    skipped = rest.skipped ?? 0
  }

  /// What it keeps of the stream, for a framer that goes on with it elsewhere.
  package var rest: Rest { Rest(bytes: partial, skipped: isSkipping ? skipped : nil) }

  package struct Rest: Equatable, Sendable {
    /// Lines that were kept, and the start of an unfinished one.
    package var bytes: [UInt8]
    /// Bytes skipped so far of an overlong line whose end has not come; nil for none.
    package var skipped: Int?

    package init(bytes: [UInt8] = [], skipped: Int? = nil) {
      self.bytes = bytes
      self.skipped = skipped
    }
  }

  /// Bytes that are kept for a message that is not whole yet.
  package var pendingCount: Int { partial.count }
  package var isEmpty: Bool { partial.isEmpty && !isSkipping }

  /// Takes bytes in; calls `message` for each line (without its end), until that answers false: then the rest is kept
  /// and `resume` goes on with it.
  package mutating func consume(
    _ bytes: RawSpan, message: (RawSpan) -> Bool, fault: (Fault) -> Void
  ) {
    var start = 0
    let count = bytes.byteCount
    while start < count {
      guard let end = Self.newline(in: bytes, from: start) else {
        keep(bytes.extracting(start..<count), fault)
        return
      }
      let line = bytes.extracting(start..<end)
      start = end + 1
      if isSkipping {
        skip(line, fault)
        isSkipping = false
        continue
      }
      guard deliver(line, message, fault) else {
        // The caller cannot take more: what follows waits here, unlimited only by what one read brings.
        if start < count { append(bytes.extracting(start..<count)) }
        return
      }
    }
  }

  /// Goes on with lines that were kept when `message` answered false.
  package mutating func resume(message: (RawSpan) -> Bool, fault: (Fault) -> Void) {
    guard !partial.isEmpty, !isSkipping else { return }
    var held: [UInt8] = []
    swap(&held, &partial)
    unsafe consume(held.span.bytes, message: message, fault: fault)
  }

  /// What is there without a newline, for the rule of silence; `whole` says whether the bytes are a message, in which
  /// case they are taken out. Nothing over the limit is offered.
  package mutating func takeRest(_ whole: (RawSpan) -> Bool) -> Bool {
    guard restIs(whole) else { return false }
    // Nothing is kept for a peer that may never speak again.
    partial = []
    return true
  }

  /// Whether what is there without a newline satisfies `test`.
  package func restIs(_ test: (RawSpan) -> Bool) -> Bool {
    let rest = partial.span
    let length = unsafe Self.lengthWithoutReturn(rest.bytes)
    guard length > 0, length <= limit else { return false }
    return unsafe test(rest.bytes.extracting(0..<length))
  }

  /// The end of the stream: what is there without a newline is a line as well, and nothing is pending afterwards.
  package mutating func endOfStream(message: (RawSpan) -> Void, fault: (Fault) -> Void) {
    isSkipping = false
    var rest: [UInt8] = []
    swap(&rest, &partial)
    _ = unsafe handOn(
      rest.span.bytes,
      {
        message($0); return true
      }, fault)
  }

  /// Lets go of the message that has not ended; what is still to come of it is skipped to its newline.
  package mutating func skipMessage() {
    partial = []
    isSkipping = true
    skipped = 0
  }

  private mutating func deliver(_ line: RawSpan, _ message: (RawSpan) -> Bool, _ fault: (Fault) -> Void) -> Bool {
    if partial.isEmpty { return handOn(line, message, fault) }
    append(line)
    var whole: [UInt8] = []
    swap(&whole, &partial)
    return unsafe handOn(whole.span.bytes, message, fault)
  }

  private func handOn(_ line: RawSpan, _ message: (RawSpan) -> Bool, _ fault: (Fault) -> Void) -> Bool {
    let length = Self.lengthWithoutReturn(line)
    // Asked before blankness: whether a line counts must not depend on how its bytes came in pieces.
    if length > limit {
      fault(.tooLarge)
      if isEndless(line.byteCount) { fault(.endless) }
      return true
    }
    let line = line.extracting(0..<length)
    return Self.isBlank(line) || message(line)
  }

  private mutating func keep(_ bytes: RawSpan, _ fault: (Fault) -> Void) {
    if isSkipping {
      skip(bytes, fault)
      return
    }
    // One byte more for a trailing carriage return.
    if partial.count + bytes.byteCount > limit + 1 {
      skipped = partial.count
      partial = []
      isSkipping = true
      fault(.tooLarge)
      skip(bytes, fault)
      return
    }
    append(bytes)
  }

  /// Counts bytes of a line that was reported; the report of its endlessness is made where the count crosses the bound.
  private mutating func skip(_ bytes: RawSpan, _ fault: (Fault) -> Void) {
    let wasEndless = isEndless(skipped)
    // Only whether the bound is crossed matters, so the count may stop there.
    skipped = min(skipped + bytes.byteCount, limit * Self.endlessFactor + 1)
    if !wasEndless, isEndless(skipped) { fault(.endless) }
  }

  private func isEndless(_ count: Int) -> Bool { count > limit * Self.endlessFactor }

  private mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe partial.append(contentsOf: $0) }
  }

  private static func newline(in bytes: RawSpan, from start: Int) -> Int? {
    let index = unsafe bytes.withUnsafeBytes { raw -> Int64 in
      guard let base = raw.baseAddress else { return -1 }
      let first = unsafe (base + start).assumingMemoryBound(to: UInt8.self)
      return unsafe sl_find_byte(first, UInt64(raw.count - start), UInt8(ascii: "\n"))
    }
    return index < 0 ? nil : start + Int(index)
  }

  /// The length without one trailing carriage return.
  private static func lengthWithoutReturn(_ line: RawSpan) -> Int {
    let count = line.byteCount
    guard count > 0, unsafe line.unsafeLoad(fromByteOffset: count - 1, as: UInt8.self) == UInt8(ascii: "\r") else {
      return count
    }
    return count - 1
  }

  private static func isBlank(_ line: RawSpan) -> Bool {
    for index in 0..<line.byteCount {
      let byte = unsafe line.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\t"), byte != UInt8(ascii: "\r") { return false }
    }
    return true
  }
}
