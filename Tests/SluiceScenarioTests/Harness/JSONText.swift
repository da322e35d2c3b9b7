import SluiceChannel

/// Reading what `--json` and the audit log say.
enum JSONText {
  static func object(_ text: some StringProtocol) throws -> JSON5Object {
    guard case .object(let object) = try JSON5.parse(Array(text.utf8)).kind else {
      throw ScenarioFailure("not an object: \(text)")
    }
    return object
  }
}

extension JSON5Object {
  func text(_ key: String) -> String? {
    if case .string(let text)? = self[key]?.kind { text } else { nil }
  }
  func number(_ key: String) -> Int64? {
    if case .number(let number)? = self[key]?.kind { number.integer } else { nil }
  }
  func flag(_ key: String) -> Bool? {
    if case .boolean(let value)? = self[key]?.kind { value } else { nil }
  }
  func object(_ key: String) -> JSON5Object? {
    if case .object(let object)? = self[key]?.kind { object } else { nil }
  }
  func numbers(_ key: String) -> [Int64] {
    guard case .array(let list)? = self[key]?.kind else { return [] }
    return list.compactMap { if case .number(let number) = $0.kind { number.integer } else { nil } }
  }
  func strings(_ key: String) -> [String] {
    guard case .array(let list)? = self[key]?.kind else { return [] }
    return list.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
  }
  func objects(_ key: String) -> [JSON5Object] {
    guard case .array(let list)? = self[key]?.kind else { return [] }
    return list.compactMap { if case .object(let object) = $0.kind { object } else { nil } }
  }
}
