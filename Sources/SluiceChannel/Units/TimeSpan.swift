/// A length of time in nanoseconds, written with its unit: `250ms`, `30s`, `5m`, `24h`, `7d`.
package struct TimeSpan: ParsedText, Comparable {
  /// Never negative when it was parsed.
  package let nanoseconds: Int64

  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// A count of milliseconds; stops at the largest span instead of overflowing, as the next two do.
  package static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(count, times: 1_000_000) }
  /// A count of seconds.
  package static func seconds(_ count: Int64) -> TimeSpan { TimeSpan(count, times: 1_000_000_000) }
  /// A count of days of 24 hours.
  package static func days(_ count: Int64) -> TimeSpan { TimeSpan(count, times: 86_400_000_000_000) }

  private init(_ count: Int64, times factor: Int64) {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    nanoseconds = overflow ? (count < 0 ? .min : .max) : product
  }

  /// The same length for the standard library's clocks.
  package var duration: Duration { .nanoseconds(nanoseconds) }

  /// Milliseconds, rounded up so that a timer made from it never ends early.
  package var millisecondsRoundedUp: Int64 {
    nanoseconds / 1_000_000 + (nanoseconds % 1_000_000 > 0 ? 1 : 0)
  }

  package static func < (left: TimeSpan, right: TimeSpan) -> Bool { left.nanoseconds < right.nanoseconds }

  // Largest first: the description takes the first that fits.
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000),
    ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
  ]

  package static let expectation = "a time span such as '30s'"
  package static let reasonAgainstNumbers: String? = "units are needed: ns, us, ms, s, m, h or d"

  /// A whole count and its unit, without a space between.
  package init(parsing text: String) throws(TextProblem) {
    let (digits, suffix) = text.splitAfterDigits
    guard !digits.isEmpty else { throw TextProblem("expected \(Self.expectation), found \(text.quoted)") }
    guard !suffix.isEmpty else {
      throw TextProblem("\(text.quoted) says no unit; units are needed: ns, us, ms, s, m, h or d")
    }
    guard let unit = Self.units.first(where: { $0.name == suffix }) else {
      let hint = suffix.first == "." ? "; write a fraction in a smaller unit" : ""
      throw TextProblem(
        "\(String(suffix).quoted) is not a unit of time; units are ns, us, ms, s, m, h and d\(hint)")
    }
    guard let count = digits.digitsValue,
      case let (span, false) = count.multipliedReportingOverflow(by: unit.nanoseconds)
    else { throw TextProblem("\(text.quoted) is longer than the longest time span, about 292 years") }
    nanoseconds = span
  }

  /// The count in the largest unit that keeps it whole.
  package var description: String {
    let unit = Self.units.first { nanoseconds % $0.nanoseconds == 0 && nanoseconds != 0 } ?? ("s", 1_000_000_000)
    return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
  }
}
