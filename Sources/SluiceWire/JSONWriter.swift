/// Writes JSON text (RFC 8259) piece by piece; commas are its business.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init() {}
  /// Continues in a buffer that is given over.
  package init(reusing buffer: consuming [UInt8]) { bytes = buffer }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = false
  }
  private mutating func key(_ name: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
  }
  private mutating func key(_ name: String) {
    separate()
    Self.append(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }

  package mutating func beginObject() {
    separate()
    bytes.append(UInt8(ascii: "{"))
  }
  package mutating func beginObject(_ name: StaticString) {
    key(name)
    bytes.append(UInt8(ascii: "{"))
  }
  package mutating func beginObject(named name: String) {
    key(name)
    bytes.append(UInt8(ascii: "{"))
  }
  package mutating func endObject() {
    bytes.append(UInt8(ascii: "}"))
    needsComma = true
  }
  package mutating func beginArray(_ name: StaticString) {
    key(name)
    bytes.append(UInt8(ascii: "["))
  }
  package mutating func beginArray() {
    separate()
    bytes.append(UInt8(ascii: "["))
  }
  package mutating func endArray() {
    bytes.append(UInt8(ascii: "]"))
    needsComma = true
  }

  package mutating func member(_ name: StaticString, _ value: String) {
    key(name)
    Self.append(value, to: &bytes)
    needsComma = true
  }
  package mutating func member(_ name: StaticString, _ value: Int64) {
    key(name)
    Self.append(value, to: &bytes)
    needsComma = true
  }
  package mutating func member(_ name: StaticString, _ value: Int) { member(name, Int64(value)) }
  package mutating func member(_ name: StaticString, _ value: Bool) {
    key(name)
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
    needsComma = true
  }
  /// A member whose value is JSON text already.
  package mutating func member(_ name: StaticString, raw value: [UInt8]) {
    key(name)
    bytes.append(contentsOf: value)
    needsComma = true
  }
  package mutating func member(named name: String, _ value: Int64) {
    key(name)
    Self.append(value, to: &bytes)
    needsComma = true
  }
  package mutating func member(named name: String, unsigned value: UInt64) {
    key(name)
    Self.append(value, to: &bytes)
    needsComma = true
  }
  package mutating func member(named name: String, _ value: String) {
    key(name)
    Self.append(value, to: &bytes)
    needsComma = true
  }
  package mutating func element(_ value: String) {
    separate()
    Self.append(value, to: &bytes)
    needsComma = true
  }

  /// Text of the program's own, as it is.
  package static func append(text: StaticString, to bytes: inout [UInt8]) {
    unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// A string with its quotes; control characters, quote and backslash escaped.
  package static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { unsafe append(escaping: $0, to: &bytes) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Whether a string stands in JSON text as it is, without escapes.
  package static func isPlain(_ utf8: UnsafeBufferPointer<UInt8>) -> Bool {
    unsafe utf8.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
  }

  private static func append(escaping utf8: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
    if unsafe isPlain(utf8) {
      unsafe bytes.append(contentsOf: utf8)
      return
    }
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
    for index in utf8.indices {
      let byte = unsafe utf8[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x0a: bytes.append(contentsOf: "\\n".utf8)
      case 0x0d: bytes.append(contentsOf: "\\r".utf8)
      case 0x09: bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(digit(byte >> 4))
        bytes.append(digit(byte & 15))
      default: bytes.append(byte)
      }
    }
  }

  /// A number in decimal digits.
  package static func append(_ value: Int64, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(value.magnitude, to: &bytes)
  }
  package static func append(_ value: UInt64, to bytes: inout [UInt8]) {
    if value < 10 {
      bytes.append(UInt8(truncatingIfNeeded: 48 + value))
      return
    }
    // From the last digit to the first; UInt64.max has 20.
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var first = 20
    var rest = value
    while rest > 0 {
      first -= 1
      digits[first] = UInt8(truncatingIfNeeded: 48 + rest % 10)
      rest /= 10
    }
    unsafe digits.span.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0[first...]) }
  }
}
