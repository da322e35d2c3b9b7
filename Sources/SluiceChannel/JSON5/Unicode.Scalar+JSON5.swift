extension Unicode.Scalar {
  /// White space of JSON5 (section 8 of its specification), line terminators included.
  var isJSON5Space: Bool {
    switch self {
    case "\t", "\u{B}", "\u{C}", " ", "\u{A0}", "\u{FEFF}": true
    default: isJSON5LineTerminator || properties.generalCategory == .spaceSeparator
    }
  }

  var isJSON5LineTerminator: Bool {
    self == "\n" || self == "\r" || self == "\u{2028}" || self == "\u{2029}"
  }

  /// May start an IdentifierName (ECMAScript 5.1 section 7.6).
  var startsIdentifier: Bool {
    switch self {
    case "a"..."z", "A"..."Z", "$", "_": return true
    default: break
    }
    guard !isASCII else { return false }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: return true
    default: return false
    }
  }

  /// May stand in an IdentifierName after its start.
  var continuesIdentifier: Bool {
    if startsIdentifier || ("0"..."9").contains(self) || self == "\u{200C}" || self == "\u{200D}" { return true }
    guard !isASCII else { return false }
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
    default: return false
    }
  }

  var hexadecimalDigit: UInt8? {
    switch self {
    case "0"..."9": UInt8(truncatingIfNeeded: value &- 48)
    case "a"..."f": UInt8(truncatingIfNeeded: value &- 87)
    case "A"..."F": UInt8(truncatingIfNeeded: value &- 55)
    default: nil
    }
  }

  /// Would break a line or move a terminal's cursor if it were printed.
  var isControl: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
