import SluiceSystem
import Testing

/// A peer that does as a test says, on the test's thread.
final class SocketPeer {
  private var socket: OwnedDescriptor?
  private(set) var received: [UInt8] = []
  private(set) var hasEnded = false

  init(_ bench: TransportBench) throws {
    socket = try UnixSocket.connect(in: try Directory.open(bench.run), name: "mcp.sock", nonblocking: true)
  }

  var lines: [String] {
    String(decoding: received, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Writes all of it, while the server takes it.
  func write(_ text: String, _ bench: TransportBench) throws {
    let bytes = Array(text.utf8)
    var done = 0
    try bench.run {
      done += try socket?.send(bytes, from: done) ?? 0
      return done == bytes.count
    }
  }
  /// Writes what the kernel takes now.
  func tryWriting(_ bytes: [UInt8], from start: Int) throws -> Int { try socket?.send(bytes, from: start) ?? 0 }

  func finishWriting() throws { try socket?.finishWriting() }
  func leave() { socket = nil }

  func read() throws {
    guard !hasEnded, let raw = try socket?.duplicate() else { return }
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count: Int?
      do { count = try chunk.withUnsafeMutableBytes { try raw.read(into: $0) } } catch {
        guard (error as? Errno) == .connectionReset else { throw error }
        count = 0
      }
      guard let count else { return }
      if count == 0 {
        hasEnded = true
        return
      }
      received += chunk[..<count]
    }
  }
}
