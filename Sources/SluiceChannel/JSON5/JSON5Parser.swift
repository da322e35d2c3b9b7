/// Recursive descent over JSON5: documents, values, arrays, objects and keys.
///
/// Strings, numbers and white space are in extensions. Recursion is bounded by `JSON5.maximumDepth`.
struct JSON5Parser {
  var cursor: JSON5Cursor
  private var depth = 0

  init(_ cursor: JSON5Cursor) {
    self.cursor = cursor
  }

  mutating func document() throws(JSON5Error) -> JSON5Value {
    try skipSpace()
    let value = try value()
    try skipSpace()
    guard cursor.current == nil else { throw error("expected the end of the text, found \(cursor.found)") }
    return value
  }

  func error(_ text: String, at position: TextPosition? = nil) -> JSON5Error {
    JSON5Error(position: position ?? cursor.position, text: text)
  }

  private mutating func value() throws(JSON5Error) -> JSON5Value {
    let start = cursor.position
    switch cursor.current {
    case "{": return JSON5Value(.object(try nested { parser throws(JSON5Error) in try parser.object() }), at: start)
    case "[": return JSON5Value(.array(try nested { parser throws(JSON5Error) in try parser.array() }), at: start)
    case "\"", "'": return JSON5Value(.string(try string()), at: start)
    case "+"?, "-"?, "."?, ("0"..."9")?: return JSON5Value(.number(try number()), at: start)
    case let scalar? where scalar.startsIdentifier: return JSON5Value(try word(), at: start)
    default: throw error("expected a value, found \(cursor.found)")
    }
  }

  private mutating func nested<T>(
    _ body: (inout JSON5Parser) throws(JSON5Error) -> T
  ) throws(JSON5Error) -> T {
    guard depth < JSON5.maximumDepth else {
      throw error("arrays and objects are nested deeper than \(JSON5.maximumDepth) levels")
    }
    depth += 1
    cursor.advance()
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func word() throws(JSON5Error) -> JSON5Value.Kind {
    let start = cursor.position
    let word = try identifier()
    switch word {
    case "null": return .null
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "Infinity": return .number(JSON5Number(double: .infinity, integer: nil))
    case "NaN": return .number(JSON5Number(double: .nan, integer: nil))
    default: throw error("\(word.quoted) is not a value; a string needs quotes", at: start)
    }
  }

  private mutating func array() throws(JSON5Error) -> [JSON5Value] {
    var elements: [JSON5Value] = []
    while true {
      try skipSpace()
      if cursor.take("]") { return elements }
      elements.append(try value())
      try skipSpace()
      if cursor.take("]") { return elements }
      guard cursor.take(",") else { throw error("expected ',' or ']' in an array, found \(cursor.found)") }
    }
  }

  private mutating func object() throws(JSON5Error) -> JSON5Object {
    var object = JSON5Object()
    while true {
      try skipSpace()
      if cursor.take("}") { return object }
      let position = cursor.position
      let key = try key()
      if let first = object.member(key)?.position {
        throw error(
          "key \(key.quoted) is here a second time; the first is at line \(first.line), column \(first.column)",
          at: position)
      }
      try skipSpace()
      guard cursor.take(":") else { throw error("expected ':' after key \(key.quoted), found \(cursor.found)") }
      try skipSpace()
      object.append(JSON5Object.Member(key: key, position: position, value: try value()))
      try skipSpace()
      if cursor.take("}") { return object }
      guard cursor.take(",") else { throw error("expected ',' or '}' in an object, found \(cursor.found)") }
    }
  }

  private mutating func key() throws(JSON5Error) -> String {
    switch cursor.current {
    case "\"", "'": return try string()
    case "\\": return try identifier()
    case let scalar? where scalar.startsIdentifier: return try identifier()
    default: throw error("expected a key or '}', found \(cursor.found)")
    }
  }
}
