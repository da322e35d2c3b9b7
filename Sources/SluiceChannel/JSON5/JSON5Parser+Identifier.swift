extension JSON5Parser {
  /// An unquoted key or a word such as `true`; `\u0061` escapes count as what they stand for.
  mutating func identifier() throws(JSON5Error) -> String {
    var name = String.UnicodeScalarView()
    while let scalar = cursor.current {
      let start = cursor.position
      if scalar == "\\" {
        cursor.advance()
        guard cursor.take("u") else { throw error("only '\\u' escapes may stand in an unquoted key", at: start) }
        guard let escaped = Unicode.Scalar(UInt32(try hexadecimal(digits: 4))),
          name.isEmpty ? escaped.startsIdentifier : escaped.continuesIdentifier
        else { throw error("this escape stands for nothing that an unquoted key may hold", at: start) }
        name.append(escaped)
      } else if name.isEmpty ? scalar.startsIdentifier : scalar.continuesIdentifier {
        name.append(scalar)
        cursor.advance()
      } else {
        break
      }
    }
    return String(name)
  }
}
