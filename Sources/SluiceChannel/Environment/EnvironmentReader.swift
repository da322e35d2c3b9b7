/// Takes variables by type and collects everything that is wrong with them.
///
/// A variable that is empty counts as not set, because that is how deployments leave a setting out.
struct EnvironmentReader {
  private let environment: [String: String]
  private(set) var problems: [EnvironmentProblem] = []

  init(_ environment: [String: String]) {
    self.environment = environment
  }

  func text(_ variable: EnvironmentVariable) -> String? {
    environment[variable.rawValue].flatMap { $0.isEmpty ? nil : $0 }
  }

  mutating func parsed<T: ParsedText>(_ variable: EnvironmentVariable, as type: T.Type = T.self) -> T? {
    text(variable).flatMap { parsed($0, of: variable) }
  }

  /// A directory; a trailing slash, harmless in a shell, is left out.
  mutating func directory(_ variable: EnvironmentVariable) -> AbsolutePath? {
    guard let text = text(variable) else { return nil }
    let end = text.utf8.lastIndex { $0 != 0x2F } ?? text.startIndex
    return parsed(String(text[...end]), of: variable)
  }

  mutating func integer(_ variable: EnvironmentVariable, in range: ClosedRange<Int>) -> Int? {
    guard let text = text(variable) else { return nil }
    guard let value = text.digitsValue, range.contains(Int(value)) else {
      report(
        variable.rawValue,
        "must be a whole number from \(range.lowerBound) to \(range.upperBound), found \(text.quoted)")
      return nil
    }
    return Int(value)
  }

  mutating func report(_ variable: String?, _ text: String) {
    problems.append(EnvironmentProblem(variable: variable, text: text))
  }

  private mutating func parsed<T: ParsedText>(_ text: String, of variable: EnvironmentVariable) -> T? {
    do throws(TextProblem) {
      return try T(parsing: text)
    } catch {
      report(variable.rawValue, error.text)
      return nil
    }
  }
}
