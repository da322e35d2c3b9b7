internal import CLinux

/// The two clocks: one for intervals, one for records.
package enum Clock {
  /// Nanoseconds of CLOCK_MONOTONIC: for intervals and deadlines.
  package static var monotonic: Int64 { sl_monotonic_ns() }
  /// Nanoseconds since 1970, CLOCK_REALTIME: for records only.
  package static var realtime: Int64 { sl_realtime_ns() }
  /// Nanoseconds since this boot, time asleep included, CLOCK_BOOTTIME: for what outlives the process.
  package static var sinceBoot: Int64 { sl_boottime_ns() }
  /// Which boot that is, random(4); empty where it cannot be read.
  package static var boot: String {
    guard let place = try? Directory.open("/proc/sys/kernel/random"),
      let bytes = (try? place.contents(of: "boot_id", limit: 64)) ?? nil
    else { return "" }
    return String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
  }
  /// CLOCK_REALTIME_COARSE: the least time that the kernel gives a file which changes from now on.
  package static var fileTime: Int64 { sl_coarse_ns() }
}

/// A point of time as RFC 3339 text in UTC, computed by the proleptic Gregorian calendar's day count.
package struct Timestamp: Sendable, Equatable, CustomStringConvertible {
  /// Nanoseconds since 1970.
  package let nanoseconds: Int64
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  package static var now: Timestamp { Timestamp(nanoseconds: Clock.realtime) }

  /// `2026-11-21T10:20:30.123456Z`, 27 bytes for years 1 to 9999.
  package var description: String { String(decoding: bytes, as: UTF8.self) }

  package var bytes: [UInt8] {
    let second = nanoseconds.dividedFloor(by: 1_000_000_000)
    let remainder = nanoseconds % 1_000_000_000
    let microsecond = (remainder < 0 ? remainder + 1_000_000_000 : remainder) / 1000
    let day = second.dividedFloor(by: 86400)
    let inDay = second - day * 86400
    // Days to a civil date: eras of 400 years, years beginning in March.
    let shifted = day + 719_468
    let era = shifted.dividedFloor(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    var text: [UInt8] = []
    text.reserveCapacity(27)
    text.append(year, digits: 4, then: "-")
    text.append(month, digits: 2, then: "-")
    text.append(dayOfYear - (153 * monthIndex + 2) / 5 + 1, digits: 2, then: "T")
    text.append(inDay / 3600, digits: 2, then: ":")
    text.append(inDay / 60 % 60, digits: 2, then: ":")
    text.append(inDay % 60, digits: 2, then: ".")
    text.append(microsecond, digits: 6, then: "Z")
    return text
  }
}

extension Int64 {
  fileprivate func dividedFloor(by divisor: Int64) -> Int64 {
    let quotient = self / divisor
    return self % divisor < 0 ? quotient - 1 : quotient
  }
}

extension [UInt8] {
  /// The last decimal digits of a value that is not negative, and a separator.
  fileprivate mutating func append(_ value: Int64, digits: Int, then separator: Unicode.Scalar) {
    let start = count
    for _ in 0..<digits { append(UInt8(ascii: "0")) }
    var rest = value
    for place in stride(from: start + digits - 1, through: start, by: -1) {
      self[place] += UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    append(UInt8(ascii: separator))
  }
}
