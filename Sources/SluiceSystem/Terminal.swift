internal import CLinux
internal import Glibc

/// The three standard streams.
package enum StandardStream: Int32, Sendable {
  case input = 0
  case output = 1
  case error = 2

  package var isTerminal: Bool { sl_is_terminal(rawValue) == 1 }
  /// Columns, nil when it is no terminal.
  package var width: Int? {
    let columns = sl_terminal_width(rawValue)
    return columns > 0 ? Int(columns) : nil
  }

  /// Rows, nil when it is no terminal.
  package var height: Int? {
    let rows = sl_terminal_height(rawValue)
    return rows > 0 ? Int(rows) : nil
  }

  /// Whether whoever read it has gone: what is written goes nowhere (poll(2), POLLERR and POLLHUP).
  package var isGone: Bool {
    var (ready, unused): (Int32, Int32) = (0, 0)
    let count = unsafe sl_poll(rawValue, -1, 0, 0, &ready, &unused)
    return count > 0 && ready & 0x38 != 0
  }

  /// Writes all of the text, or gives why not; a reader that went away is not an error of ours.
  @discardableResult
  package func write(_ text: String) -> Errno? { write(Array(text.utf8)) }

  /// As for text.
  @discardableResult
  package func write(_ content: [UInt8]) -> Errno? {
    var bytes = content[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { unsafe sl_write(rawValue, $0.baseAddress, UInt64($0.count)) }
      if count == -4 { continue }
      if count == -11 {
        Wait.pause(nanoseconds: 1_000_000)
        continue
      }
      if count < 0 {
        let error = Errno(rawValue: Int32(clamping: -count))
        return error == .brokenPipe ? nil : error
      }
      bytes.removeFirst(Int(count))
    }
    return nil
  }

  /// Another descriptor for the stream; nil where it was closed by whoever started us.
  package func duplicate() throws(Errno) -> OwnedDescriptor? {
    let result = sl_duplicate(rawValue)
    if result == -Errno.badDescriptor.rawValue { return nil }
    return OwnedDescriptor(adopting: try systemCall { result })
  }

  /// Writes text that a pipe which is ready takes whole, and drops it where nobody reads.
  package func writeIfReady(_ text: String) {
    var (ready, unused): (Int32, Int32) = (0, 0)
    let count = unsafe sl_poll(rawValue, -1, Int16(SL_OUT), 0, &ready, &unused)
    guard count > 0, ready & Int32(SL_OUT) != 0 else { return }
    write(Array(text.utf8.prefix(4096)))
  }

  /// All bytes until end of file, nil when they are more than the limit.
  package func readAll(limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe sl_read(rawValue, $0.baseAddress, UInt64($0.count)) }
      if count == -4 { continue }
      if count <= 0 { return bytes }
      bytes.append(contentsOf: chunk[0..<Int(count)])
      if bytes.count > limit { return nil }
    }
  }

  /// One line, without its newline; nil at end of file.
  package func readLine() -> String? { Swift.readLine(strippingNewline: true) }
}
