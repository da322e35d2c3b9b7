internal import SluiceSystem

/// Lines on their way into a pipe or a socket.
struct LineQueue {
  /// Bytes from which on no more is taken in.
  static let bound = 1 << 20

  private var bytes: [UInt8] = []
  private var sent = 0

  var count: Int { bytes.count - sent }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ line: [UInt8]) {
    bytes.append(contentsOf: line)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Writes what goes now: `write` takes bytes from a place on, and gives their number, or nil where it would block.
  mutating func flush(_ write: ([UInt8], Int) throws(Errno) -> Int?) throws(Errno) {
    while sent < bytes.count {
      guard let written = try write(bytes, sent) else { break }
      sent += written
    }
    if sent == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 16)
      sent = 0
    } else if sent > 1 << 18 {
      bytes.removeFirst(sent)
      sent = 0
    }
  }

  mutating func clear() {
    bytes = []
    sent = 0
  }
}
