import SluiceChannel
import Testing

/// Texts of the small types, their values, their descriptions and their refusals.
@Suite struct UnitTests {
  @Test(
    arguments: [
      ("250ms", 250_000_000, "250ms"), ("30s", 30_000_000_000, "30s"), ("5m", 300_000_000_000, "5m"),
      ("24h", 86_400_000_000_000, "1d"), ("7d", 604_800_000_000_000, "7d"), ("60m", 3_600_000_000_000, "1h"),
      ("0s", 0, "0s"), ("0d", 0, "0s"), ("1ns", 1, "1ns"), ("1500us", 1_500_000, "1500us"),
      ("007s", 7_000_000_000, "7s"),
      ("9223372036854775807ns", .max, "9223372036854775807ns"),
    ] as [(String, Int64, String)])
  func timeSpan(_ text: String, _ nanoseconds: Int64, _ description: String) throws {
    let span = try TimeSpan(parsing: text)
    #expect(span.nanoseconds == nanoseconds)
    #expect(span.description == description)
    #expect(try TimeSpan(parsing: span.description) == span)
    #expect(span.duration == .nanoseconds(nanoseconds))
  }

  @Test(arguments: [
    ("", "expected a time span such as '30s', found ''"), ("s", "expected a time span such as '30s', found 's'"),
    ("-5s", "expected a time span such as '30s', found '-5s'"),
    ("30", "'30' says no unit; units are needed: ns, us, ms, s, m, h or d"),
    ("30 s", "' s' is not a unit of time; units are ns, us, ms, s, m, h and d"),
    ("30S", "'S' is not a unit of time; units are ns, us, ms, s, m, h and d"),
    ("1.5s", "'.5s' is not a unit of time; units are ns, us, ms, s, m, h and d; write a fraction in a smaller unit"),
    ("1w", "'w' is not a unit of time; units are ns, us, ms, s, m, h and d"),
    ("٣s", "expected a time span such as '30s', found '٣s'"),
    ("106752d", "'106752d' is longer than the longest time span, about 292 years"),
    ("99999999999999999999s", "'99999999999999999999s' is longer than the longest time span, about 292 years"),
  ])
  func badTimeSpan(_ text: String, _ problem: String) { refuses(TimeSpan.self, text, problem) }

  @Test func timeSpanFactories() {
    #expect(TimeSpan.milliseconds(1).nanoseconds == 1_000_000)
    #expect(TimeSpan.seconds(.max).nanoseconds == .max)
    #expect(TimeSpan.seconds(.min).nanoseconds == .min)
    #expect(TimeSpan(nanoseconds: 1).millisecondsRoundedUp == 1)
    #expect(TimeSpan(nanoseconds: 2_000_000).millisecondsRoundedUp == 2)
    #expect(TimeSpan(nanoseconds: .max).millisecondsRoundedUp == 9_223_372_036_855)
    #expect(TimeSpan.seconds(59) < .seconds(60))
  }

  @Test(
    arguments: [
      ("0", 0, "0"), ("1000", 1000, "1000"), ("1024", 1024, "1K"), ("64K", 65536, "64K"), ("1M", 1_048_576, "1M"),
      ("1024M", 1 << 30, "1G"), ("3G", 3 << 30, "3G"), ("1025K", 1025 << 10, "1025K"), ("0G", 0, "0"),
    ] as [(String, Int, String)])
  func byteCount(_ text: String, _ bytes: Int, _ description: String) throws {
    let count = try ByteCount(parsing: text)
    #expect(count.bytes == bytes)
    #expect(count.description == description)
    #expect(try ByteCount(parsing: count.description) == count)
  }

  @Test(arguments: [
    ("", "expected a number of bytes such as 65536 or '64K', found ''"),
    ("-1", "expected a number of bytes such as 65536 or '64K', found '-1'"),
    ("1k", "'k' is not a unit of size; units are K, M and G, powers of 1024"),
    ("1MB", "'MB' is not a unit of size; units are K, M and G, powers of 1024"),
    ("1.5M", "'.5M' is not a unit of size; units are K, M and G, powers of 1024"),
    ("9223372036854775808", "'9223372036854775808' is more bytes than 64 bits can count"),
    ("9999999999G", "'9999999999G' is more bytes than 64 bits can count"),
  ])
  func badByteCount(_ text: String, _ problem: String) { refuses(ByteCount.self, text, problem) }

  @Test(
    arguments: [
      ("0750", 0o750, "0750"), ("600", 0o600, "0600"), ("0000", 0, "0000"), ("2750", 0o2750, "2750"),
      ("7777", 0o7777, "7777"), ("007", 0o7, "0007"),
    ] as [(String, UInt32, String)])
  func fileMode(_ text: String, _ bits: UInt32, _ description: String) throws {
    let mode = try FileMode(parsing: text)
    #expect(mode.rawValue == bits)
    #expect(mode.description == description)
    #expect(FileMode(rawValue: bits) == mode)
  }

  @Test(arguments: [
    ("", "expected a mode such as '0750', found '', which is not all octal digits"),
    ("0780", "expected a mode such as '0750', found '0780', which is not all octal digits"),
    ("0o75", "expected a mode such as '0750', found '0o75', which is not all octal digits"),
    ("-600", "expected a mode such as '0750', found '-600', which is not all octal digits"),
    ("75", "'75' must have three or four octal digits, such as '0750'"),
    ("00750", "'00750' must have three or four octal digits, such as '0750'"),
    ("10000", "'10000' has bits beyond 7777, the last that a mode has"),
    ("777777777777777777777", "'777777777777777777777' has bits beyond 7777, the last that a mode has"),
  ])
  func badFileMode(_ text: String, _ problem: String) { refuses(FileMode.self, text, problem) }

  @Test func fileModeBits() {
    #expect(FileMode(rawValue: 0o10000) == nil)
    #expect(FileMode(rawValue: 0o604)?.grantsOthers == true)
    #expect(FileMode(rawValue: 0o604)?.letsOthersWrite == false)
    #expect(FileMode.ownerAndGroup.grantsOthers == false)
    #expect(FileMode(rawValue: 0o1600)?.isSpecial == true)
    #expect(FileMode(rawValue: 0o610)?.isExecutable == true)
  }

  @Test(
    arguments: [
      ("10/s", 10, 1, "10/s"), ("100/1h", 100, 3600, "100/h"), ("5/10s", 5, 10, "5/10s"), ("1/d", 1, 86400, "1/d"),
      ("100/60s", 100, 60, "100/m"), ("7/90s", 7, 90, "7/90s"),
    ] as [(String, Int, Int64, String)])
  func rate(_ text: String, _ count: Int, _ seconds: Int64, _ description: String) throws {
    let rate = try Rate(parsing: text)
    #expect(rate == Rate(count: count, period: .seconds(seconds)))
    #expect(rate.description == description)
    #expect(try Rate(parsing: rate.description) == rate)
  }

  @Test(arguments: [
    ("", "expected a rate such as '10/s' or '100/1h', found ''"),
    ("10", "expected a rate such as '10/s' or '100/1h', found '10'"),
    ("10/", "expected a rate such as '10/s' or '100/1h', found '10/'"),
    ("/s", "expected a rate such as '10/s' or '100/1h', found '/s'"),
    ("x/s", "the count 'x' of a rate must be a whole number that fits 64 bits"),
    ("-1/s", "the count '-1' of a rate must be a whole number that fits 64 bits"),
    ("1/60", "the period of rate '1/60': '60' says no unit; units are needed: ns, us, ms, s, m, h or d"),
    (
      "1/fortnight",
      "the period of rate '1/fortnight': 'fortnight' is not a unit of time; units are ns, us, ms, s, m, h and d"
    ),
    ("0/s", "the count and the period of rate '0/s' must be more than 0"),
    ("1/0s", "the count and the period of rate '1/0s' must be more than 0"),
    ("1/s/s", "the period of rate '1/s/s': 's/s' is not a unit of time; units are ns, us, ms, s, m, h and d"),
  ])
  func badRate(_ text: String, _ problem: String) { refuses(Rate.self, text, problem) }
}

func refuses<T: ParsedText>(_ type: T.Type, _ text: String, _ problem: String) {
  let error = #expect(throws: TextProblem.self) { try T(parsing: text) }
  #expect(error?.text == problem)
}
