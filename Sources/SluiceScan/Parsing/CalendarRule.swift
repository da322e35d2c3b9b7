/// Days and minutes at which something runs, expanded from crontab(5) or systemd.time(7).
struct CalendarRule {
  /// 1 to 12, 1 to 31, and 0 (Sunday) to 6.
  var months: Set<Int>
  var days: Set<Int>
  var weekdays: Set<Int>
  /// crontab(5): where both kinds of days are restricted, either will do.
  var eitherDay = false
  var hours: Set<Int>
  var minutes: Set<Int>

  private static let day: Int64 = 86_400_000_000_000
  private static let minute: Int64 = 60_000_000_000
  /// Long enough for two days of the rarest kind, the 29th of February.
  private static let years = 2024...2036

  /// Nanoseconds: the longest time between one run and the next; nil where it never runs twice.
  var longestGap: Int64? {
    guard !hours.isEmpty, !minutes.isEmpty else { return nil }
    let times = hours.sorted().flatMap { hour in minutes.sorted().map { hour * 60 + $0 } }
    guard let first = times.first, let last = times.last else { return nil }
    let within = zip(times, times.dropFirst()).map { Int64($1 - $0) * Self.minute }.max() ?? 0
    var longest: Int64?
    var before: Int?
    for day in matches {
      if let before {
        longest = max(longest ?? within, Int64(day - before) * Self.day - Int64(last - first) * Self.minute)
      }
      before = day
    }
    return longest
  }

  /// Days since the first one looked at.
  private var matches: [Int] {
    var found: [Int] = []
    var number = 0
    for year in Self.years {
      for month in 1...12 {
        for day in 1...Self.length(of: month, in: year) {
          // The first of January 2024 was a Monday.
          if hasDay(month, day, weekday: (number + 1) % 7) { found.append(number) }
          number += 1
        }
      }
    }
    return found
  }

  private func hasDay(_ month: Int, _ day: Int, weekday: Int) -> Bool {
    guard months.contains(month) else { return false }
    let (inMonth, inWeek) = (days.contains(day), weekdays.contains(weekday))
    return eitherDay ? inMonth || inWeek : inMonth && inWeek
  }

  private static func length(of month: Int, in year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
