extension ObjectReader {
  /// A value that is written as a string of its own syntax.
  package func parsed<T: ParsedText>(_ key: String, as type: T.Type = T.self, required: Bool = false) -> T? {
    value(key, required: required).flatMap { parsed(of: $0, keyPath: path(key)) }
  }

  /// A time span, in `range` where one is given.
  package func duration(
    _ key: String, in range: ClosedRange<TimeSpan>? = nil, required: Bool = false
  ) -> TimeSpan? {
    let span = parsed(key, as: TimeSpan.self, required: required)
    guard let span, let range else { return span }
    return checked(span, key, in: range)
  }

  /// A number of bytes, plain or with its unit, in `range` where one is given.
  package func byteCount(
    _ key: String, in range: ClosedRange<ByteCount>? = nil, required: Bool = false
  ) -> ByteCount? {
    guard let value = value(key, required: required) else { return nil }
    let count: ByteCount?
    if case .number(let number) = value.kind {
      guard let integer = number.integer, integer >= 0 else {
        report(key, "expected \(ByteCount.expectation), found \(number.text)")
        return nil
      }
      count = ByteCount(bytes: Int(integer))
    } else {
      count = parsed(of: value, keyPath: path(key))
    }
    guard let count, let range else { return count }
    return checked(count, key, in: range)
  }

  /// A file mode, always a string.
  package func fileMode(_ key: String, required: Bool = false) -> FileMode? { parsed(key, required: required) }

  /// A rate.
  package func rate(_ key: String, required: Bool = false) -> Rate? { parsed(key, required: required) }

  /// What `value` means as a `T`, or nil and a problem.
  func parsed<T: ParsedText>(of value: JSON5Value, keyPath: String) -> T? {
    if case .number(let number) = value.kind, let reason = T.reasonAgainstNumbers {
      report(
        keyPath, at: value.position, "expected \(T.expectation), found the number \(number.text); \(reason)")
      return nil
    }
    guard let text = string(of: value, keyPath: keyPath, expecting: T.expectation) else { return nil }
    do throws(TextProblem) {
      return try T(parsing: text)
    } catch {
      report(keyPath, at: value.position, error.text)
      return nil
    }
  }
}
