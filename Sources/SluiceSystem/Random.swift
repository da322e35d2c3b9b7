internal import CLinux

/// Unguessable tokens from getrandom(2).
package enum Random {
  /// Lower-case hexadecimal digits, two for each byte; at most 128 bytes.
  package static func token(bytes count: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: min(max(count, 1), 128))
    let result = unsafe bytes.withUnsafeMutableBytes { unsafe sl_random($0.baseAddress, UInt64($0.count)) }
    precondition(result == bytes.count, "getrandom(2) gives up to 256 bytes whole")
    return Hexadecimal.text(bytes)
  }

  /// Sixteen tokens of 64 bits each, for one call of the kernel.
  package static func tokens() -> [String] {
    let digits = Array(token(bytes: 128).utf8)
    return stride(from: 0, to: digits.count, by: 16).map { String(decoding: digits[$0..<$0 + 16], as: UTF8.self) }
  }
}

/// Bytes as lower-case hexadecimal digits.
package enum Hexadecimal {
  package static func text(_ bytes: [UInt8]) -> String {
    let digits: [UInt8] = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
