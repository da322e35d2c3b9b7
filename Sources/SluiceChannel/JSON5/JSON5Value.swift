/// A JSON5 value that knows where it was written.
package struct JSON5Value: Hashable, Sendable {
  /// What was written.
  package enum Kind: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(JSON5Number)
    case string(String)
    case array([JSON5Value])
    case object(JSON5Object)
  }

  package let kind: Kind
  /// The place of the value's first scalar.
  package let position: TextPosition

  package init(_ kind: Kind, at position: TextPosition) {
    self.kind = kind
    self.position = position
  }

  /// The kind in words, for "expected ..., found ...".
  package var kindName: String {
    switch kind {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }

  /// The place of the value at a path of keys, or of the deepest part of that path that was written.
  package func position(at keys: some Collection<String>) -> TextPosition {
    guard let key = keys.first, case .object(let object) = kind, let member = object.member(key) else {
      return position
    }
    return member.value.position(at: keys.dropFirst())
  }
}
