/// A JSON text as RFC 8259 has it, read by recursive descent: slow, plain, and nothing to do with the parser in use.
indirect enum ReferenceJSON: Equatable {
  case object([Member])
  case array([ReferenceJSON])
  case string([UInt8])
  case number([UInt8])
  case literal(UInt8)

  struct Member: Equatable {
    let key: [UInt8]
    let value: ReferenceJSON
  }

  var members: [Member]? {
    if case .object(let members) = self { members } else { nil }
  }

  var keys: [[UInt8]] { (members ?? []).map(\.key) }

  func member(_ key: String) -> ReferenceJSON? { members?.first { $0.key == Array(key.utf8) }?.value }

  var text: String? {
    if case .string(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
  }

  /// Whether a member of this object has one of these names in other letters, as a reader that folds case takes it.
  func hasTwin(of names: [String]) -> Bool {
    keys.map { String(decoding: $0, as: UTF8.self) }.contains { key in
      !names.contains(key) && names.contains(String(key.map { $0 == "\u{17f}" ? "s" : $0 }).lowercased())
    }
  }

  /// Whether a member stands twice in this object.
  var hasDuplicate: Bool { Set(keys).count != keys.count }
}
