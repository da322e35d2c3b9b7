extension ObjectReader {
  /// An array of strings without NUL; nil if one of its elements is bad.
  package func strings(_ key: String, required: Bool = false) -> [String]? {
    elements(key, required: required, of: "strings") { value, keyPath in
      string(of: value, keyPath: keyPath, expecting: "a string")
    }
  }

  /// An array of values that are written as strings of their own syntax; nil if one of its elements is bad.
  package func allParsed<T: ParsedText>(
    _ key: String, as type: T.Type = T.self, required: Bool = false
  ) -> [T]? {
    elements(key, required: required, of: "strings") { value, keyPath in parsed(of: value, keyPath: keyPath) }
  }

  /// An object, read by `body`.
  package func object<T>(_ key: String, required: Bool = false, _ body: (ObjectReader) -> T?) -> T? {
    value(key, required: required).flatMap { read($0, keyPath: path(key), body) }
  }

  /// An array of objects, each read by `body`; nil if one of them is none or gave nil.
  package func objects<T>(_ key: String, required: Bool = false, _ body: (ObjectReader) -> T?) -> [T]? {
    elements(key, required: required, of: "objects") { value, keyPath in read(value, keyPath: keyPath, body) }
  }

  /// An object whose keys are names of the writer's choice and whose values are objects, in their order.
  ///
  /// Nil if one of the values is no object or gave nil.
  package func namedObjects<T>(
    _ key: String, required: Bool = false, _ body: (_ name: String, ObjectReader) -> T?
  ) -> [(name: String, value: T)]? {
    object(key, required: required) { names in
      var values: [(name: String, value: T)] = []
      let keys = names.keys
      for name in keys {
        if let value = names.object(name, { body(name, $0) }) { values.append((name, value)) }
      }
      return values.count == keys.count ? values : nil
    }
  }

  private func elements<T>(
    _ key: String, required: Bool, of kind: String, _ read: (JSON5Value, String) -> T?
  ) -> [T]? {
    guard let value = value(key, required: required) else { return nil }
    guard case .array(let elements) = value.kind else {
      report(key, "expected an array of \(kind), found \(value.kindName)")
      return nil
    }
    // All are read, so that all problems are found.
    let values = elements.enumerated().compactMap { index, element in
      read(element, KeyPathText.appending(index, to: path(key)))
    }
    return values.count == elements.count ? values : nil
  }
}
