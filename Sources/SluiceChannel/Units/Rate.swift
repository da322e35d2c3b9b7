/// How many events in how long: `10/s`, `5/10s`, `100/1h`.
package struct Rate: ParsedText {
  /// At least 1.
  package let count: Int
  /// Longer than nothing.
  package let period: TimeSpan

  /// The rate, or nil where one of the two is not positive.
  package init?(count: Int, period: TimeSpan) {
    guard count > 0, period.nanoseconds > 0 else { return nil }
    self.count = count
    self.period = period
  }

  package static let expectation = "a rate such as '10/s' or '100/1h'"
  package static let reasonAgainstNumbers: String? = "a period is needed"

  /// A count, a slash, and a time span, whose count may be left out when it is 1.
  package init(parsing text: String) throws(TextProblem) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw TextProblem("expected \(Self.expectation), found \(text.quoted)")
    }
    guard let count = parts[0].digitsValue else {
      throw TextProblem("the count \(String(parts[0]).quoted) of a rate must be a whole number that fits 64 bits")
    }
    let startsWithDigit = parts[1].utf8.first.map { (0x30...0x39).contains($0) } ?? false
    let period: TimeSpan
    do throws(TextProblem) {
      period = try TimeSpan(parsing: startsWithDigit ? String(parts[1]) : "1\(parts[1])")
    } catch {
      throw TextProblem("the period of rate \(text.quoted): \(error.text)")
    }
    guard let rate = Rate(count: Int(count), period: period) else {
      throw TextProblem("the count and the period of rate \(text.quoted) must be more than 0")
    }
    self = rate
  }

  /// The count and the period, `1` left out where the period is one unit.
  package var description: String {
    let (digits, unit) = period.description.splitAfterDigits
    return "\(count)/\(digits == "1" ? "" : digits)\(unit)"
  }
}
