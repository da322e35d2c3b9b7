import SluiceScan
import Testing

/// The longest time between two runs of what a crontab or a timer says.
@Suite struct SchedulePeriodTests {
  private static let minute: Int64 = 60_000_000_000
  private static let hour = 60 * minute
  private static let day = 24 * hour

  private static let table: [(String, Int64)] = [
    ("* * * * *", minute), ("*/5 * * * *", 5 * minute), ("0 * * * *", hour), ("5,50 * * * *", 45 * minute),
    ("0 3 * * *", day), ("0 9-17 * * *", 16 * hour), ("0 9 * * mon-fri", 3 * day), ("0 0 * * 7", 7 * day),
    ("0 0 1 * *", 31 * day), ("0 0 31 * *", 61 * day), ("0 0 1,15 * *", 17 * day), ("0 0 1 jan *", 366 * day),
    ("0 0 29 2 *", 1461 * day), ("0 0 1 * mon", 7 * day), ("7-59/13 2 * * *", day - 52 * minute),
    ("@daily", day), ("@monthly", 31 * day), ("@annually", 366 * day), ("hourly", hour), ("weekly", 7 * day),
    ("monthly", 31 * day), ("yearly", 366 * day),
    ("OnCalendar=hourly", hour), ("OnCalendar=Monthly", 31 * day), ("OnCalendar=*-*-* 04:00:00", day),
    ("OnCalendar=Mon..Fri 09:30", 3 * day), ("OnCalendar=Fri..Mon *-*-* 00:00", 4 * day),
    ("OnCalendar=*-*-01", 31 * day),
    ("OnCalendar=*:0/15", 15 * minute), ("OnCalendar=*-01-01 00:00:00", 366 * day), ("OnCalendar=Sat,Sun", 6 * day),
    ("OnBootSec=5min OnUnitActiveSec=1h 30min", 90 * minute), ("OnUnitInactiveSec=2w", 14 * day),
    ("OnCalendar=daily OnCalendar=weekly", 7 * day), ("OnUnitActiveSec=90", 90 * minute / 60),
  ]

  @Test(arguments: table)
  func periods(when: String, period: Int64) {
    #expect(Schedule(when: when, source: "", user: nil).period == .atMost(period), "\(when)")
  }

  @Test(arguments: ["@reboot", "OnBootSec=5min", "OnStartupSec=1h OnActiveSec=3s"])
  func atStart(when: String) { #expect(Schedule(when: when, source: "", user: nil).period == .atStart) }

  @Test(arguments: [
    "", "* * * *", "60 * * * *", "* * * * funday", "0 0 30 2 *", "1~5 * * * *", "@often", "OnCalendar=", "OnCalendar=x",
    "OnCalendar=2027-*-* 00:00", "OnCalendar=*-*~1", "OnCalendar=daily Europe/Berlin", "OnUnitActiveSec=soon",
    "OnClockChange=yes", "*/0 * * * *", "5-1 * * * *", "9999999999999999999 * * * *", "OnUnitActiveSec=99999999999y",
  ])
  func unreadable(when: String) {
    #expect(Schedule(when: when, source: "", user: nil).period == .unreadable, "\(when)")
  }
}
