internal import CSimdjson

/// Splits what a server prints into lines, with a bound on what one line may take. Of a longer one only its id is found.
package struct BackendLines {
  package enum Piece: Equatable {
    /// Without its end; never blank.
    case line([UInt8])
    /// A line that was longer than the limit, and whose answer it was.
    case oversized(RequestID?)
  }

  package let limit: Int
  private var partial: [UInt8] = []
  private var scan: ReplyScan?

  package init(limit: Int) { self.limit = limit }

  package var pendingCount: Int { partial.count }

  package mutating func consume(_ bytes: RawSpan, _ body: (Piece) -> Void) {
    unsafe bytes.withUnsafeBytes { raw in
      var start = 0
      while start < raw.count {
        guard let base = unsafe raw.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
        let found = unsafe sl_find_byte(base + start, UInt64(raw.count - start), UInt8(ascii: "\n"))
        let end = found < 0 ? raw.count : start + Int(found)
        unsafe keep(UnsafeRawBufferPointer(rebasing: raw[start..<end]))
        if found >= 0 { endLine(body) }
        start = end + 1
      }
    }
  }

  /// The end of the stream: what has no newline is a line as well.
  package mutating func endOfStream(_ body: (Piece) -> Void) { endLine(body) }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    if scan != nil {
      unsafe scan?.consume(bytes)
      return
    }
    unsafe partial.append(contentsOf: bytes)
    // One byte more for a carriage return.
    guard partial.count > limit + 1 else { return }
    var begun = ReplyScan()
    begun.consume(partial)
    scan = begun
    partial = []
  }

  private mutating func endLine(_ body: (Piece) -> Void) {
    if let scan {
      self.scan = nil
      return body(.oversized(scan.id))
    }
    var line: [UInt8] = []
    swap(&line, &partial)
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    guard line.count <= limit else {
      var whole = ReplyScan()
      whole.consume(line)
      return body(.oversized(whole.id))
    }
    if line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }) { body(.line(line)) }
  }
}
