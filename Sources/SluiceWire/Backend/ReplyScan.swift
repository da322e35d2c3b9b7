/// Whose answer a line is that is too long to keep, or no valid JSON: the `id` at its top level, found while its bytes
/// pass by. It keeps a few bytes whatever comes.
package struct ReplyScan {
  /// Longer ids are not looked for.
  private static let longest = 1024

  private enum Place {
    case outside, key, colon, value, comma, end, broken
  }
  private var place = Place.outside
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var key: [UInt8] = []
  private var value: [UInt8] = []
  private var isId = false
  private var ids: [[UInt8]] = []
  private var saysMethod = false
  private var saysAnswer = false

  package init() {}

  /// The id, where the line is an object that has one and could be an answer; the object need not have ended.
  package var id: RequestID? {
    guard place != .broken, place != .outside, ids.count == 1, !saysMethod, saysAnswer else { return nil }
    return JSONSlice(ids[0])?.id
  }

  package mutating func consume(_ bytes: some Sequence<UInt8>) {
    for byte in bytes where place != .broken { take(byte) }
  }

  private mutating func take(_ byte: UInt8) {
    if isInString { return takeInString(byte) }
    switch byte {
    case 0x20, 0x09, 0x0a, 0x0d: return
    case UInt8(ascii: "\""):
      guard place == .key || place == .value else { return fail() }
      isInString = true
      if place == .key { key = [] } else { keep(byte) }
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      if place == .outside {
        guard byte == UInt8(ascii: "{") else { return fail() }
        place = .key
      } else {
        guard place == .value else { return fail() }
        keep(byte)
      }
      depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      guard depth >= 0, place != .outside, place != .end else { return fail() }
      if depth == 0 {
        endOfValue()
        place = .end
      } else {
        keep(byte)
      }
    case UInt8(ascii: ",") where depth == 1:
      endOfValue()
      place = .key
    case UInt8(ascii: ":") where depth == 1:
      guard place == .colon else { return fail() }
      place = .value
      beginValue()
    default:
      guard place == .value else { return fail() }
      keep(byte)
    }
  }

  private mutating func takeInString(_ byte: UInt8) {
    let isKey = place == .key
    if isKey, byte != UInt8(ascii: "\"") || isEscaped {
      // Escapes are not resolved: a key with one is none that we look for, or the line is none of a sound server's.
      if key.count < 16 { key.append(byte) }
    } else if !isKey {
      keep(byte)
    }
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      isEscaped = true
    } else if byte == UInt8(ascii: "\"") {
      isInString = false
      if isKey { place = .colon }
    }
  }

  private mutating func beginValue() {
    switch String(decoding: key, as: UTF8.self) {
    case "id": isId = true
    case "method": saysMethod = true
    case "result", "error": saysAnswer = true
    default: break
    }
  }

  private mutating func keep(_ byte: UInt8) { if isId, value.count <= Self.longest { value.append(byte) } }

  private mutating func endOfValue() {
    if isId { ids.append(value.count <= Self.longest ? value : []) }
    isId = false
    value = []
  }

  private mutating func fail() { place = .broken }
}
