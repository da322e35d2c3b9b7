extension JSON5Parser {
  /// A number with its optional sign; the cursor is on its first scalar.
  mutating func number() throws(JSON5Error) -> JSON5Number {
    let start = cursor.position
    let negative = cursor.current == "-"
    if cursor.current == "-" || cursor.current == "+" { cursor.advance() }
    let number: JSON5Number
    switch cursor.current {
    case "I", "N":
      let word = try identifier()
      guard word == "Infinity" || word == "NaN" else { throw error("\(word.quoted) is not a number", at: start) }
      let double: Double = word == "NaN" ? .nan : .infinity
      return JSON5Number(double: negative ? -double : double, integer: nil)
    case "0" where cursor.next == "x" || cursor.next == "X": number = try hexadecimalNumber(negative, start)
    default: number = try decimalNumber(negative, start)
    }
    if let scalar = cursor.current, scalar.continuesIdentifier || scalar == "." {
      throw error("\(cursor.found) may not stand in or right after a number")
    }
    return number
  }

  private mutating func hexadecimalNumber(_ negative: Bool, _ start: TextPosition) throws(JSON5Error) -> JSON5Number {
    cursor.advance()
    cursor.advance()
    var double = 0.0
    var exact: UInt64? = 0
    guard cursor.current?.hexadecimalDigit != nil else {
      throw error("expected a hexadecimal digit, found \(cursor.found)")
    }
    while let digit = cursor.current?.hexadecimalDigit {
      double = double * 16 + Double(digit)
      exact = exact.flatMap { $0 >> 60 == 0 ? $0 << 4 | UInt64(digit) : nil }
      cursor.advance()
    }
    guard double.isFinite else { throw error("this number is too large", at: start) }
    // The exact value gives the nearest double; the running product may have been rounded more than once.
    double = exact.map { Double($0) } ?? double
    let integer = exact.flatMap { magnitude -> Int64? in
      guard negative else { return Int64(exactly: magnitude) }
      return magnitude == Int64.min.magnitude ? .min : Int64(exactly: magnitude).map { -$0 }
    }
    return JSON5Number(double: negative ? -double : double, integer: integer)
  }

  private mutating func decimalNumber(_ negative: Bool, _ start: TextPosition) throws(JSON5Error) -> JSON5Number {
    let whole = digits()
    if whole.count > 1, whole.first == 0 { throw error("a number may not start with a superfluous zero", at: start) }
    let fraction = cursor.take(".") ? digits() : []
    guard !whole.isEmpty || !fraction.isEmpty else { throw error("expected a digit, found \(cursor.found)") }
    var exponent = 0
    if cursor.take("e") || cursor.take("E") {
      let downwards = cursor.current == "-"
      if cursor.current == "-" || cursor.current == "+" { cursor.advance() }
      let written = digits()
      guard !written.isEmpty else { throw error("expected a digit of the exponent, found \(cursor.found)") }
      // A bound beyond any text we accept keeps the sums below from overflowing.
      exponent = written.reduce(0) { min($0 * 10 + Int($1), 8 * JSON5.maximumSize) }
      if downwards { exponent = -exponent }
    }
    let text = "\(negative ? "-" : "")0\(whole.asText).\(fraction.asText)0e\(exponent)"
    guard let double = Double(text), double.isFinite else { throw error("this number is too large", at: start) }
    return JSON5Number(
      double: double,
      integer: JSON5Number.wholeNumber(
        negative: negative, digits: whole + fraction, scale: exponent - fraction.count))
  }

  private mutating func digits() -> [UInt8] {
    var digits: [UInt8] = []
    while let scalar = cursor.current, ("0"..."9").contains(scalar) {
      digits.append(UInt8(truncatingIfNeeded: scalar.value &- 48))
      cursor.advance()
    }
    return digits
  }
}

extension [UInt8] {
  fileprivate var asText: String { String(decoding: map { $0 &+ 48 }, as: UTF8.self) }
}
