/// A listening TCP socket, from a line of /proc/net/tcp or tcp6 (proc_pid_net(5)).
package struct TCPListener: Sendable, Equatable {
  /// `127.0.0.1`, `::1`: as people write it.
  package let address: String
  package let port: UInt16
  package let isLoopback: Bool
  package let uid: UInt32
  package let inode: UInt64

  /// `[::1]:8080`
  package var text: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

  /// nil for the header, for a socket that does not listen, and for what is no such line.
  package init?(line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
    guard fields.count >= 10, fields[3] == "0A", let uid = UInt32(fields[7]), let inode = UInt64(fields[9]) else {
      return nil
    }
    let parts = fields[1].split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1], radix: 16), let bytes = Self.bytes(parts[0]) else { return nil }
    self.port = port
    self.uid = uid
    self.inode = inode
    let v4 = bytes.count == 4 ? bytes : Self.mapped(bytes)
    if let v4 {
      address = v4.map { "\($0)" }.joined(separator: ".")
      isLoopback = v4[0] == 127
    } else {
      address = Self.text(bytes)
      isLoopback = bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }
  }

  package static func parse(_ table: String) -> [TCPListener] {
    table.split(separator: "\n").compactMap { TCPListener(line: $0) }
  }

  /// Each group of eight digits is a number of this machine's byte order; both supported ones are little-endian.
  private static func bytes(_ digits: Substring) -> [UInt8]? {
    let digits = Array(digits.utf8)
    guard digits.count == 8 || digits.count == 32 else { return nil }
    var bytes: [UInt8] = []
    for start in stride(from: 0, to: digits.count, by: 8) {
      guard let word = UInt32(String(decoding: digits[start..<start + 8], as: UTF8.self), radix: 16) else { return nil }
      for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
    return bytes
  }

  /// ::ffff:a.b.c.d, RFC 4291 section 2.5.5.2.
  private static func mapped(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xff, bytes[11] == 0xff else { return nil }
    return Array(bytes[12...])
  }

  /// RFC 5952: the longest run of two or more zero groups becomes "::".
  private static func text(_ bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    var best = 0..<0
    var start = 0
    while start < groups.count {
      var end = start
      while end < groups.count, groups[end] == 0 { end += 1 }
      if end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    let words = groups.map { String($0, radix: 16) }
    guard best.count > 1 else { return words.joined(separator: ":") }
    return words[..<best.lowerBound].joined(separator: ":") + "::" + words[best.upperBound...].joined(separator: ":")
  }
}
