/// The recogniser behind `ReferenceJSON`.
struct ReferenceJSONReader {
  private let bytes: [UInt8]
  private var position = 0
  /// Something that RFC 8259 allows and a parser may refuse: a lone surrogate, or a number out of range (sections 6, 8.2).
  private(set) var isUnportable = false
  private(set) var depth = 0

  private struct Malformed: Error {}

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The text, or nil when it is no JSON text in UTF-8; and whether a strict parser may refuse it all the same.
  static func read(_ bytes: [UInt8]) -> (text: ReferenceJSON, isUnportable: Bool, depth: Int)? {
    guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
    var reader = ReferenceJSONReader(bytes)
    guard let text = try? reader.value(level: 0) else { return nil }
    reader.skipSpace()
    guard reader.position == bytes.count else { return nil }
    return (text, reader.isUnportable, reader.depth)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard take(character) else { throw Malformed() }
  }

  private mutating func value(level: Int) throws -> ReferenceJSON {
    // Far beyond what admission takes; the recursion must end somewhere.
    guard level < 2000 else { throw Malformed() }
    skipSpace()
    switch next {
    case UInt8(ascii: "{"):
      depth = max(depth, level + 1)
      return try object(level: level + 1)
    case UInt8(ascii: "["):
      depth = max(depth, level + 1)
      return try array(level: level + 1)
    case UInt8(ascii: "\""): return .string(try string())
    default: break
    }
    for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
      position += word.utf8.count
      return .literal(Array(word.utf8)[0])
    }
    return .number(try number())
  }

  private mutating func object(level: Int) throws -> ReferenceJSON {
    try expect("{")
    var members: [ReferenceJSON.Member] = []
    skipSpace()
    if take("}") { return .object([]) }
    repeat {
      skipSpace()
      let key = try string()
      skipSpace()
      try expect(":")
      members.append(.init(key: key, value: try value(level: level)))
      skipSpace()
    } while take(",")
    try expect("}")
    return .object(members)
  }

  private mutating func array(level: Int) throws -> ReferenceJSON {
    try expect("[")
    var elements: [ReferenceJSON] = []
    skipSpace()
    if take("]") { return .array([]) }
    repeat {
      elements.append(try value(level: level))
      skipSpace()
    } while take(",")
    try expect("]")
    return .array(elements)
  }

  private mutating func number() throws -> [UInt8] {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    var isInteger = true
    if take(".") {
      isInteger = false
      try digits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = Array(bytes[start..<position])
    let string = String(decoding: text, as: UTF8.self)
    if isInteger {
      if Int64(string) == nil, UInt64(string) == nil { isUnportable = true }
    } else if Double(string)?.isFinite != true {
      isUnportable = true
    }
    return text
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, (0x30...0x39).contains(byte) { position += 1 }
    guard position > start else { throw Malformed() }
  }

  private mutating func string() throws -> [UInt8] {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return text
      case 0..<0x20: throw Malformed()
      case UInt8(ascii: "\\"): try escape(&text)
      default: text.append(byte)
      }
    }
    throw Malformed()
  }

  private mutating func escape(_ text: inout [UInt8]) throws {
    guard let byte = next else { throw Malformed() }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): try unicodeEscape(&text)
    default: throw Malformed()
    }
  }

  private mutating func unicodeEscape(_ text: inout [UInt8]) throws {
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: Array(#"\u"#.utf8)) {
      position += 2
      let low = try hexadecimal()
      if (0xDC00..<0xE000).contains(low) {
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      } else {
        isUnportable = true
      }
    }
    guard let scalar = Unicode.Scalar(code) else {
      isUnportable = true
      return
    }
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let text = bytes[position..<min(position + 4, bytes.count)]
    guard text.count == 4, text.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let value = UInt32(String(decoding: text, as: UTF8.self), radix: 16)
    else { throw Malformed() }
    position += 4
    return value
  }
}
