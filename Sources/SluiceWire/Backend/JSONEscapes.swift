/// The escapes of JSON strings (RFC 8259, section 7).
enum JSONEscapes {
  /// The text between the quotes; nil where an escape is none. A surrogate without its half becomes U+FFFD.
  static func resolve(_ raw: some Collection<UInt8>) -> String? {
    var units: [UInt8] = []
    var high: UInt32?
    var rest = raw.makeIterator()
    func flush() {
      if high != nil { append(0xfffd) }
      high = nil
    }
    func append(_ value: UInt32) {
      units.append(contentsOf: String(Unicode.Scalar(value) ?? "\u{fffd}").utf8)
    }
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "\\") else {
        flush()
        units.append(byte)
        continue
      }
      guard let escape = rest.next() else { return nil }
      guard escape == UInt8(ascii: "u") else {
        flush()
        guard let plain = single(escape) else { return nil }
        units.append(plain)
        continue
      }
      var value: UInt32 = 0
      for _ in 0..<4 {
        guard let digit = rest.next(), let number = UInt32(String(Unicode.Scalar(digit)), radix: 16) else { return nil }
        value = value << 4 | number
      }
      if let first = high, (0xdc00...0xdfff).contains(value) {
        high = nil
        append(0x10000 + (first - 0xd800) << 10 + (value - 0xdc00))
      } else {
        flush()
        if (0xd800...0xdbff).contains(value) { high = value } else { append(value) }
      }
    }
    flush()
    return String(decoding: units, as: UTF8.self)
  }

  private static func single(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0c
    case UInt8(ascii: "n"): 0x0a
    case UInt8(ascii: "r"): 0x0d
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }
}
