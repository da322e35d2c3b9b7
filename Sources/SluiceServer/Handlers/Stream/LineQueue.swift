/// Lines on their way into a pipe or a socket.
struct LineQueue {
  /// Bytes from which on no more is taken in.
  static let bound = 1 << 20

  private(set) var bytes: [UInt8] = []
  /// Of these so many have gone.
  private(set) var sent = 0

  var count: Int { bytes.count - sent }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ line: [UInt8]) {
    bytes.append(contentsOf: line)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// So many more bytes have gone.
  mutating func took(_ count: Int) {
    sent += count
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
