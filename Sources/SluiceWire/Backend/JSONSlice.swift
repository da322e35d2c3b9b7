/// Where members and elements stand in JSON text that admission found valid, byte for byte: for what is passed on in
/// parts. Text that is not valid gives nil sooner or later, and never a trap.
package struct JSONSlice {
  private let bytes: [UInt8]
  /// Of one value, without the white space around it.
  package let range: Range<Int>

  package init?(_ bytes: [UInt8]) {
    var reading = Reading(bytes: bytes)
    guard let range = reading.value() else { return nil }
    self.init(bytes, range)
  }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    self.bytes = bytes
    self.range = range
  }

  package var raw: ArraySlice<UInt8> { bytes[range] }

  /// The members of an object in their order, keys with their escapes resolved; nil where it is none.
  package var members: [(key: String, value: JSONSlice)]? {
    var reading = Reading(bytes: bytes, at: range.lowerBound)
    guard reading.take("{") else { return nil }
    var found: [(String, JSONSlice)] = []
    if reading.take("}") { return found }
    repeat {
      guard let key = reading.value(), let name = JSONSlice(bytes, key).text, reading.take(":"),
        let value = reading.value()
      else { return nil }
      found.append((name, JSONSlice(bytes, value)))
    } while reading.take(",")
    return reading.take("}") ? found : nil
  }

  /// The elements of an array; nil where it is none.
  package var elements: [JSONSlice]? {
    var reading = Reading(bytes: bytes, at: range.lowerBound)
    guard reading.take("[") else { return nil }
    var found: [JSONSlice] = []
    if reading.take("]") { return found }
    repeat {
      guard let value = reading.value() else { return nil }
      found.append(JSONSlice(bytes, value))
    } while reading.take(",")
    return reading.take("]") ? found : nil
  }

  /// A member that stands once.
  package subscript(key: String) -> JSONSlice? {
    let found = members?.filter { $0.key == key } ?? []
    return found.count == 1 ? found[0].value : nil
  }

  /// A string with its escapes resolved; nil where it is none.
  package var text: String? {
    let raw = self.raw
    guard raw.count >= 2, raw.first == UInt8(ascii: "\""), raw.last == UInt8(ascii: "\"") else { return nil }
    let inner = raw.dropFirst().dropLast()
    guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
    return JSONEscapes.resolve(inner)
  }

  /// A whole number that fits.
  package var integer: Int64? { Int64(String(decoding: raw, as: UTF8.self)) }

  /// What it is as the id of a request; nil where it can be none.
  package var id: RequestID? {
    if let text { return .string(text) }
    guard let first = raw.first, first == UInt8(ascii: "-") || (48...57).contains(first) else { return nil }
    if let integer { return .integer(integer) }
    return UInt64(String(decoding: raw, as: UTF8.self)).map { .unsigned($0) }
  }
}

/// A place in JSON text that moves on value by value.
private struct Reading {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8], at place: Int = 0) {
    self.bytes = bytes
    at = place
  }

  private mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[at]) { at += 1 }
  }

  mutating func take(_ byte: Unicode.Scalar) -> Bool {
    skipSpace()
    guard at < bytes.count, bytes[at] == UInt8(ascii: byte) else { return false }
    at += 1
    return true
  }

  /// Passes over one value.
  mutating func value() -> Range<Int>? {
    skipSpace()
    let start = at
    guard at < bytes.count else { return nil }
    switch bytes[at] {
    case UInt8(ascii: "\""): guard string() else { return nil }
    case UInt8(ascii: "{"), UInt8(ascii: "["): guard nested() else { return nil }
    default:
      while at < bytes.count, ![0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x5d, 0x7d].contains(bytes[at]) { at += 1 }
    }
    return at > start ? start..<at : nil
  }

  private mutating func string() -> Bool {
    at += 1
    while at < bytes.count {
      let byte = bytes[at]
      at += 1
      if byte == UInt8(ascii: "\"") { return true }
      if byte == UInt8(ascii: "\\") { at += 1 }
    }
    return false
  }

  private mutating func nested() -> Bool {
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        guard string() else { return false }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      at += 1
      if depth == 0 { return true }
    }
    return false
  }
}
