import SluiceSystem
import Testing

/// Dates by the proleptic Gregorian calendar.
@Suite struct TimestampTests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"),
      (1, "1970-01-01T00:00:00.000000Z"),
      (1000, "1970-01-01T00:00:00.000001Z"),
      (999_999_999, "1970-01-01T00:00:00.999999Z"),
      (-1, "1969-12-31T23:59:59.999999Z"),
      (-1_000_000_000, "1969-12-31T23:59:59.000000Z"),
      (86_399_999_999_999, "1970-01-01T23:59:59.999999Z"),
      (86_400_000_000_000, "1970-01-02T00:00:00.000000Z"),
      // 1972 and 2000 are leap years, 1900 and 2100 are not.
      (68_169_600_000_000_000, "1972-02-29T00:00:00.000000Z"),
      (68_256_000_000_000_000, "1972-03-01T00:00:00.000000Z"),
      (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
      (951_868_800_000_000_000, "2000-03-01T00:00:00.000000Z"),
      (978_220_800_000_000_000, "2000-12-31T00:00:00.000000Z"),
      (978_307_200_000_000_000, "2001-01-01T00:00:00.000000Z"),
      (-2_203_977_600_000_000_000, "1900-02-28T00:00:00.000000Z"),
      (-2_203_891_200_000_000_000, "1900-03-01T00:00:00.000000Z"),
      (4_107_456_000_000_000_000, "2100-02-28T00:00:00.000000Z"),
      (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000Z"),
      (1_000_000_000_000_000_000, "2001-09-09T01:46:40.000000Z"),
      (1_795_256_430_123_456_789, "2026-11-21T10:20:30.123456Z"),
      (Int64.max, "2262-04-11T23:47:16.854775Z"),
      (Int64.min, "1677-09-21T00:12:43.145224Z"),
    ] as [(Int64, String)])
  func text(_ nanoseconds: Int64, _ expected: String) {
    #expect(Timestamp(nanoseconds: nanoseconds).description == expected)
  }

  @Test func aFileFromFarAwayHasATime() throws {
    // A time that nanoseconds cannot hold is the nearest one that they can, not a small number by accident.
    let status = try FileTimes.status(seconds: 1 << 40)
    #expect(status.modified == .max)
    #expect(Timestamp(nanoseconds: status.modified).bytes.count == 27)
  }

  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0), ("2026-11-21T10:20:30.123456Z", 1_795_256_430_123_456_000),
    ("2000-02-29T00:00:00.5Z", 951_782_400_500_000_000), ("1972-03-01T00:00:00.000Z", 68_256_000_000_000_000),
  ])
  func reads(text: String, nanoseconds: Int64) { #expect(Timestamp(text: text)?.nanoseconds == nanoseconds) }

  @Test(arguments: [
    "", "2026-11-21", "2026-11-21T10:20:30", "2026-13-21T10:20:30Z", "2026-11-21T10:20:30.Z", "x026-11-21T10:20:30Z",
  ])
  func readsNothingElse(text: String) { #expect(Timestamp(text: text) == nil) }
}
