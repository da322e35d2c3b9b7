/// A decoded text, the place in it that is read next, and that place's line and column.
struct JSON5Cursor {
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private(set) var position = TextPosition.start

  /// Decodes `bytes` strictly: no overlong form, no surrogate, nothing cut off (RFC 3629 section 3).
  init(_ bytes: [UInt8]) throws(JSON5Error) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(bytes.count)
    var decoder = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    decoding: while true {
      switch decoder.parseScalar(from: &iterator) {
      case .valid(let encoded): scalars.append(Unicode.UTF8.decode(encoded))
      case .emptyInput: break decoding
      case .error:
        var reached = JSON5Cursor(scalars)
        while reached.current != nil { reached.advance() }
        throw JSON5Error(position: reached.position, text: "the text is not UTF-8 from here on")
      }
    }
    self.init(scalars)
  }

  private init(_ scalars: [Unicode.Scalar]) {
    self.scalars = scalars
    // Editors hide a byte order mark, so it must not move the first line's columns.
    if scalars.first == "\u{FEFF}" { index = 1 }
  }

  /// The scalar to be read next; nil at the end.
  var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  /// The scalar after `current`.
  var next: Unicode.Scalar? { index + 1 < scalars.count ? scalars[index + 1] : nil }

  /// Moves past `current`; does nothing at the end.
  mutating func advance() {
    guard let scalar = current else { return }
    if scalar == "\n" || (scalar == "\r" && next != "\n") {
      position = TextPosition(line: position.line + 1, column: 1)
    } else {
      position.column += 1
    }
    index += 1
  }

  /// Moves past `scalar` if it is next, and says whether it was.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    advance()
    return true
  }

  /// What is next, in words, for error texts.
  var found: String {
    guard let scalar = current else { return "the end of the text" }
    return String(scalar).quoted
  }
}
