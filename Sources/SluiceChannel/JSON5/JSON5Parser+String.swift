extension JSON5Parser {
  /// A quoted string; the cursor is on its opening quote.
  mutating func string() throws(JSON5Error) -> String {
    let start = cursor.position
    let quote = cursor.current
    cursor.advance()
    var text = String.UnicodeScalarView()
    while let scalar = cursor.current {
      if scalar == quote {
        cursor.advance()
        return String(text)
      }
      switch scalar {
      case "\\": if let escaped = try escape() { text.append(escaped) }
      case "\n", "\r": throw error("the string that starts at column \(start.column) does not end on its line")
      default:
        text.append(scalar)
        cursor.advance()
      }
    }
    throw error("the string that starts here never ends", at: start)
  }

  /// What an escape stands for; nil for a line continuation. The cursor is on the backslash.
  private mutating func escape() throws(JSON5Error) -> Unicode.Scalar? {
    let start = cursor.position
    cursor.advance()
    guard let scalar = cursor.current else { return nil }
    switch scalar {
    case "u": return try unicodeEscape(at: start)
    case "1"..."9": throw error("'\\\(scalar)' is not an escape", at: start)
    default: cursor.advance()
    }
    switch scalar {
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "v": return "\u{B}"
    case "x": return Unicode.Scalar(UInt8(truncatingIfNeeded: try hexadecimal(digits: 2)))
    case "0":
      guard let digit = cursor.current, ("0"..."9").contains(digit) else { return "\0" }
      throw error("'\\0' may not be followed by a digit", at: start)
    case "\r":
      _ = cursor.take("\n")
      return nil
    case "\n", "\u{2028}", "\u{2029}": return nil
    default: return scalar
    }
  }

  /// `\uHHHH`, or two of them for a scalar beyond U+FFFF. The cursor is on the `u`.
  private mutating func unicodeEscape(at start: TextPosition) throws(JSON5Error) -> Unicode.Scalar {
    cursor.advance()
    let first = try hexadecimal(digits: 4)
    if let scalar = Unicode.Scalar(first) { return scalar }
    // Not a scalar: a surrogate, which only means something as the first half of a pair.
    guard UTF16.isLeadSurrogate(first), cursor.current == "\\", cursor.next == "u" else {
      throw error("this escape is half of a surrogate pair", at: start)
    }
    cursor.advance()
    cursor.advance()
    let second = try hexadecimal(digits: 4)
    guard UTF16.isTrailSurrogate(second) else { throw error("this escape is half of a surrogate pair", at: start) }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  /// Exactly `digits` hexadecimal digits, at most four.
  mutating func hexadecimal(digits: Int) throws(JSON5Error) -> UInt16 {
    var value: UInt16 = 0
    for _ in 0..<digits {
      guard let digit = cursor.current?.hexadecimalDigit else {
        throw error("expected \(digits) hexadecimal digits in an escape, found \(cursor.found)")
      }
      value = value << 4 | UInt16(digit)
      cursor.advance()
    }
    return value
  }
}
