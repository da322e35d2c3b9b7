/// One field of a calendar rule as numbers: `*`, `3`, `1-5`, `1..5`, `*/15`, `0/15`, `mon,fri`.
struct CalendarField {
  let range: ClosedRange<Int>
  /// Names of the numbers from the range's beginning on, three letters each.
  var names: [String] = []
  /// systemd.time(7): a start with a step goes on to the end of the range.
  var stepsGoOn = false

  static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
  static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// nil for what is no such field.
  func values(_ text: Substring) -> Set<Int>? {
    var all: Set<Int> = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let some = item.isEmpty ? nil : values(ofItem: item) else { return nil }
      all.formUnion(some)
    }
    return all
  }

  private func values(ofItem item: Substring) -> Set<Int>? {
    let parts = item.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    var step = 1
    if parts.count == 2 {
      guard let number = Int(parts[1]), number > 0 else { return nil }
      step = number
    }
    guard let bounds = bounds(parts[0], hasStep: parts.count == 2) else { return nil }
    return Set(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
  }

  private func bounds(_ text: Substring, hasStep: Bool) -> ClosedRange<Int>? {
    if text == "*" { return range }
    let ends = text.contains("..") ? Self.split(text) : text.split(separator: "-", omittingEmptySubsequences: false)
    let numbers = ends.compactMap(number)
    guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last, numbers.count <= 2 else {
      return nil
    }
    let end = numbers.count == 1 && hasStep && stepsGoOn ? range.upperBound : last
    return range.contains(first) && range.contains(end) && first <= end ? first...end : nil
  }

  private static func split(_ text: Substring) -> [Substring] {
    guard let dot = text.firstIndex(of: ".") else { return [text] }
    return [text[..<dot], text[text.index(dot, offsetBy: 2)...]]
  }

  private func number(_ text: Substring) -> Int? {
    if let number = Int(text) { return number }
    let short = text.lowercased().prefix(3)
    return text.count >= 3 ? names.firstIndex { $0 == short }.map { $0 + range.lowerBound } : nil
  }
}
