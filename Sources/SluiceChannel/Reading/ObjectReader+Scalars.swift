extension ObjectReader {
  /// A string without NUL, which no system call could carry.
  package func string(_ key: String, required: Bool = false) -> String? {
    value(key, required: required).flatMap { string(of: $0, keyPath: path(key), expecting: "a string") }
  }

  /// `true` or `false`.
  package func boolean(_ key: String, required: Bool = false) -> Bool? {
    guard let value = value(key, required: required) else { return nil }
    if case .boolean(let boolean) = value.kind { return boolean }
    report(key, "expected true or false, found \(value.kindName)")
    return nil
  }

  /// A whole number in `range`.
  package func integer(_ key: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? {
    guard let value = value(key, required: required) else { return nil }
    guard case .number(let number) = value.kind else {
      report(key, "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(value.kindName)")
      return nil
    }
    guard let integer = number.integer else {
      report(
        key, "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(number.text)")
      return nil
    }
    return checked(Int(integer), key, in: range)
  }

  /// One of the raw values of `E`.
  package func choice<E: RawRepresentable<String> & CaseIterable>(
    _ key: String, as type: E.Type = E.self, required: Bool = false
  ) -> E? {
    guard let value = value(key, required: required) else { return nil }
    let names = E.allCases.map(\.rawValue)
    let expectation = "one of \(names.map { "'\($0)'" }.joined(separator: ", "))"
    guard let string = string(of: value, keyPath: path(key), expecting: expectation) else { return nil }
    if let choice = E(rawValue: string) { return choice }
    let hint = NearestKey.hint(for: string, among: names).map { "; did you mean '\($0)'?" } ?? ""
    report(key, "expected \(expectation), found \(string.quoted)\(hint)")
    return nil
  }

  /// The string that `value` is, or nil and a problem.
  func string(of value: JSON5Value, keyPath: String, expecting expectation: String) -> String? {
    guard case .string(let string) = value.kind else {
      report(keyPath, at: value.position, "expected \(expectation), found \(value.kindName)")
      return nil
    }
    guard !string.unicodeScalars.contains("\0") else {
      report(keyPath, at: value.position, "a string may not contain NUL")
      return nil
    }
    return string
  }

  /// `value` if it is in `range`, otherwise nil and a problem.
  func checked<T: Comparable>(_ value: T, _ key: String, in range: ClosedRange<T>) -> T? {
    if range.contains(value) { return value }
    report(key, "must be from \(range.lowerBound) to \(range.upperBound), found \(value)")
    return nil
  }
}
