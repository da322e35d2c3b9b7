/// Reads JSON5 (spec.json5.org, version 1.0.0) into a tree that keeps positions and the order of members.
package enum JSON5 {
  /// The largest accepted text in bytes; ours, since a channel file is a few KiB.
  package static let maximumSize = 1 << 20
  /// The deepest accepted nesting of arrays and objects; ours. It bounds the parser's recursion.
  package static let maximumDepth = 64

  /// The one value that `bytes` hold.
  ///
  /// Stricter than the specification in four ways: a key may appear only once in an object, text must be UTF-8,
  /// an escaped surrogate must have its partner, and a number that a `Double` cannot hold is refused.
  package static func parse(_ bytes: [UInt8]) throws(JSON5Error) -> JSON5Value {
    guard bytes.count <= maximumSize else {
      throw JSON5Error(
        position: .start, text: "the text has \(bytes.count) bytes, more than the \(maximumSize) that are accepted")
    }
    var parser = JSON5Parser(try JSON5Cursor(bytes))
    return try parser.document()
  }
}
