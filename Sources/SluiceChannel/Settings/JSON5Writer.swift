/// Writes a commented JSON5 object, one member a line.
struct JSON5Writer {
  private(set) var text = ""
  private var indent = 0

  /// The text of one object that `body` fills.
  static func document(_ body: (inout JSON5Writer) -> Void) -> String {
    var writer = JSON5Writer()
    writer.line("{")
    writer.indented(body)
    writer.line("}")
    return writer.text
  }

  mutating func comment(_ text: String) { line("// \(text)") }

  mutating func string(_ key: String, _ value: some CustomStringConvertible) {
    line("\(key): \(Self.literal(String(describing: value))),")
  }

  /// A member, or where there is no value its example as a comment.
  mutating func string(_ key: String, _ value: (some CustomStringConvertible)?, example: String) {
    if let value { string(key, value) } else { comment("\(key): \(Self.literal(example)),") }
  }

  mutating func strings(_ key: String, _ values: [String]) {
    line("\(key): [\(values.map(Self.literal).joined(separator: ", "))],")
  }

  mutating func integer(_ key: String, _ value: Int) { line("\(key): \(value),") }

  mutating func integer(_ key: String, _ value: Int?, example: Int) {
    if let value { integer(key, value) } else { comment("\(key): \(example),") }
  }

  mutating func boolean(_ key: String, _ value: Bool) { line("\(key): \(value),") }

  /// A number where the count has no unit, otherwise a string.
  mutating func byteCount(_ key: String, _ value: ByteCount) {
    let text = value.description
    line("\(key): \(text.digitsValue == nil ? Self.literal(text) : text),")
  }

  mutating func object(_ key: String, _ body: (inout JSON5Writer) -> Void) {
    line("\(key): {")
    indented(body)
    line("},")
  }

  /// An array of objects, one member a line.
  mutating func objects<T>(_ key: String, _ values: [T], _ body: (T, inout JSON5Writer) -> Void) {
    guard !values.isEmpty else { return line("\(key): [],") }
    line("\(key): [")
    indented { writer in
      for value in values {
        writer.line("{")
        writer.indented { body(value, &$0) }
        writer.line("},")
      }
    }
    line("],")
  }

  mutating func blankLine() { text += "\n" }

  private mutating func indented(_ body: (inout JSON5Writer) -> Void) {
    indent += 1
    body(&self)
    indent -= 1
  }

  private mutating func line(_ content: String) {
    text += String(repeating: "  ", count: indent) + content + "\n"
  }

  /// A double-quoted string literal, also good JSON.
  static func literal(_ string: String) -> String {
    var literal = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": literal += "\\\""
      case "\\": literal += "\\\\"
      case "\n": literal += "\\n"
      case "\t": literal += "\\t"
      case _ where scalar.isControl:
        // Control and separator scalars are all below U+10000.
        let digits = String(scalar.value, radix: 16)
        literal += "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
      default: literal.unicodeScalars.append(scalar)
      }
    }
    return literal + "\""
  }
}
