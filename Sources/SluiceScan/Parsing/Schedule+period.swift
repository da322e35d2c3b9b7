extension Schedule {
  /// How long it may be from one run to the next.
  package enum Period: Sendable, Equatable {
    /// Nanoseconds.
    case atMost(Int64)
    /// At the start of the system only: no time of waiting shows that it is over.
    case atStart
    case unreadable
  }

  private static let second: Int64 = 1_000_000_000
  private static let day: Int64 = 86_400 * second
  /// Of crontab(5), of the periodic directories, and of systemd.time(7): the longest that each can be.
  private static let words: [String: Int64] = [
    "minutely": 60 * second, "hourly": 3600 * second, "daily": day, "midnight": day, "weekly": 7 * day,
    "monthly": 31 * day, "quarterly": 92 * day, "semiannually": 184 * day, "yearly": 366 * day, "annually": 366 * day,
  ]

  /// The longest of what `when` says; several triggers count as the rarest of them.
  package var period: Period {
    let text = when.drop { $0 == " " }
    if text.hasPrefix("On") { return Self.timer(text) }
    if text.hasPrefix("@") {
      return text == "@reboot" ? .atStart : Self.words[String(text.dropFirst())].map { .atMost($0) } ?? .unreadable
    }
    if let known = Self.words[String(text)] { return .atMost(known) }
    return Self.crontab(text.split(separator: " "))
  }

  private static func crontab(_ fields: [Substring]) -> Period {
    guard fields.count == 5, let minutes = CalendarField(range: 0...59).values(fields[0]),
      let hours = CalendarField(range: 0...23).values(fields[1]),
      let days = CalendarField(range: 1...31).values(fields[2]),
      let months = CalendarField(range: 1...12, names: CalendarField.months).values(fields[3]),
      let weekdays = CalendarField(range: 0...7, names: CalendarField.weekdays).values(fields[4])
    else { return .unreadable }
    let rule = CalendarRule(
      months: months, days: days, weekdays: Set(weekdays.map { $0 % 7 }),
      eitherDay: fields[2].first != "*" && fields[4].first != "*", hours: hours, minutes: minutes)
    return rule.longestGap.map { .atMost($0) } ?? .unreadable
  }

  /// `OnCalendar=... OnBootSec=...`, as the scan joins them.
  private static func timer(_ text: Substring) -> Period {
    var triggers: [(key: Substring, value: String)] = []
    for word in text.split(separator: " ") {
      if word.hasPrefix("On"), let equals = word.firstIndex(of: "=") {
        triggers.append((word[..<equals], String(word[word.index(after: equals)...])))
      } else if !triggers.isEmpty {
        triggers[triggers.count - 1].value += " \(word)"
      }
    }
    var longest: Int64?
    for (key, value) in triggers {
      switch key {
      case "OnCalendar":
        guard let gap = words[value.lowercased()] ?? calendar(value) else { return .unreadable }
        longest = max(longest ?? 0, gap)
      case "OnUnitActiveSec", "OnUnitInactiveSec":
        guard let time = span(value) else { return .unreadable }
        longest = max(longest ?? 0, time)
      // These begin once, and what else there is goes on.
      case "OnBootSec", "OnStartupSec", "OnActiveSec": continue
      default: return .unreadable
      }
    }
    return longest.map { .atMost($0) } ?? .atStart
  }

  /// `Mon..Fri *-*-* 09:00:00`; years and time zones are not read.
  private static func calendar(_ text: String) -> Int64? {
    var words = text.split(separator: " ")
    var rule = CalendarRule(months: Set(1...12), days: Set(1...31), weekdays: Set(0...6), hours: [0], minutes: [0])
    func field(_ range: ClosedRange<Int>, _ names: [String] = []) -> CalendarField {
      CalendarField(range: range, names: names, stepsGoOn: true)
    }
    guard !words.isEmpty else { return nil }
    if let first = words.first, first.first?.isLetter == true {
      guard let weekdays = field(0...6, CalendarField.weekdays).values(wrapped(first)) else { return nil }
      rule.weekdays = weekdays
      words.removeFirst()
    }
    if let date = words.first, !date.contains(":") {
      let parts = date.split(separator: "-", omittingEmptySubsequences: false)
      guard parts.count == 2 || parts.count == 3 && parts[0] == "*",
        let months = field(1...12).values(parts[parts.count - 2]),
        let days = field(1...31).values(parts[parts.count - 1])
      else { return nil }
      (rule.months, rule.days) = (months, days)
      words.removeFirst()
    }
    if let time = words.first {
      let parts = time.split(separator: ":", omittingEmptySubsequences: false)
      guard (2...3).contains(parts.count), let hours = field(0...23).values(parts[0]),
        let minutes = field(0...59).values(parts[1])
      else { return nil }
      (rule.hours, rule.minutes) = (hours, minutes)
      words.removeFirst()
    }
    return words.isEmpty ? rule.longestGap : nil
  }

  /// `Fri..Mon` goes over the end of the week, which a range cannot.
  private static func wrapped(_ text: Substring) -> Substring {
    var items: [String] = []
    for item in text.split(separator: ",") {
      let ends = item.replacing("..", with: "-").split(separator: "-").map { $0.lowercased().prefix(3) }
      let numbers = ends.compactMap { end in CalendarField.weekdays.firstIndex { $0 == end } }
      guard numbers.count == 2, numbers.count == ends.count, numbers[0] > numbers[1] else {
        items.append(String(item))
        continue
      }
      items += ["\(numbers[0])..6", "0..\(numbers[1])"]
    }
    return Substring(items.joined(separator: ","))
  }

  /// `1h 30min`, `90` (seconds), as systemd.time(7) has them.
  private static func span(_ text: String) -> Int64? {
    var total: Int64 = 0
    var rest = Substring(text)
    while true {
      rest = rest.drop { $0 == " " }
      guard !rest.isEmpty else { return total > 0 ? total : nil }
      let digits = rest.prefix { $0.isNumber }
      rest = rest[digits.endIndex...].drop { $0 == " " }
      let unit = rest.prefix { $0.isLetter }
      rest = rest[unit.endIndex...]
      guard let count = Int64(digits), let factor = factor(unit), count <= 100 * 366 * day / factor else { return nil }
      total += count * factor
    }
  }

  private static func factor(_ unit: Substring) -> Int64? {
    switch unit {
    case "", "s", "sec", "second", "seconds": second
    case "ms", "msec": 1_000_000
    case "m", "min", "minute", "minutes": 60 * second
    case "h", "hr", "hour", "hours": 3600 * second
    case "d", "day", "days": day
    case "w", "week", "weeks": 7 * day
    case "M", "month", "months": 31 * day
    case "y", "year", "years": 366 * day
    default: nil
    }
  }
}
