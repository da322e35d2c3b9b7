import SluiceMigration
import Testing

/// Whether the legacy path was quiet for long enough, as a table of what was seen.
@Suite struct QuietWindowTests {
  private static let second: Int64 = 1_000_000_000
  private static let hour = 3600 * second
  private static let day = 24 * hour
  private static let now = 1000 * day

  /// Watched for 100 days; 14 are asked for.
  private static func evidence(_ change: (inout QuietWindow.Evidence) -> Void = { _ in }) -> QuietWindow.Evidence {
    var evidence = QuietWindow.Evidence(now: now, minimum: 14 * day, watchedSince: now - 100 * day, isWatching: true)
    change(&evidence)
    return evidence
  }
  private static func use(_ caller: String, ago: Int64) -> QuietWindow.Use {
    QuietWindow.Use(caller: caller, names: [caller, "1001"], last: now - ago, count: 3)
  }
  private static func script(_ name: String, _ period: QuietWindow.Scheduled.Period) -> QuietWindow.Scheduled {
    QuietWindow.Scheduled(caller: name, names: [name], when: "when", period: period)
  }
  private static func gap(_ from: Int64, _ length: Int64) -> QuietWindow.Gap {
    QuietWindow.Gap(from: now - from, to: now - from + length, reason: "relay down: stopped")
  }
  private static func reasons(_ window: QuietWindow) -> [QuietWindow.Reason] {
    guard case .notYet(let reasons) = window.standing else { return [] }
    return reasons
  }

  @Test func openWhereNothingCame() {
    let window = QuietWindow(Self.evidence())
    #expect(window.standing == .open(since: Self.now - 86 * Self.day))
    #expect(window.quiet == 100 * Self.day && window.required == 14 * Self.day && window.demandedBy == nil)
  }

  @Test func openSinceTheWindowAfterTheLastUse() {
    let window = QuietWindow(
      Self.evidence { $0.uses = [Self.use("a", ago: 20 * Self.day), Self.use("b", ago: 15 * Self.day)] })
    #expect(window.standing == .open(since: Self.now - Self.day))
  }

  @Test func eachUserWithinTheWindowIsNamedWithItsTime() {
    let window = QuietWindow(
      Self.evidence {
        $0.uses = [
          Self.use("a", ago: 2 * Self.hour), Self.use("b", ago: 13 * Self.day), Self.use("c", ago: 15 * Self.day),
        ]
      })
    #expect(Self.reasons(window).map(\.caller) == ["a", "b"])
    #expect(Self.reasons(window).map(\.opens) == [Self.now + 14 * Self.day - 2 * Self.hour, Self.now + Self.day])
    #expect(Self.reasons(window).first?.text == "a used it 2h ago, 3 messages in all")
    #expect(window.quiet == 2 * Self.hour)
  }

  @Test func aWaiverLeavesItsCallerOutAndNobodyElse() {
    let seen = Self.evidence {
      $0.uses = [
        Self.use("a", ago: Self.hour),
        QuietWindow.Use(caller: "b", names: ["b", "7"], last: Self.now - Self.day, count: 1),
      ]
      $0.waivers = [QuietWindow.Waiver(caller: "1001", reason: "decommissioned")]
    }
    #expect(Self.reasons(QuietWindow(seen)).map(\.caller) == ["b"])
    var both = seen
    both.waivers.append(QuietWindow.Waiver(caller: "b", reason: "x"))
    #expect(QuietWindow(both).standing == .open(since: Self.now - 86 * Self.day))
    both.waivers.append(QuietWindow.Waiver(caller: "bb", reason: "x"))
    #expect(QuietWindow(both).unmatched == ["bb"] && QuietWindow(seen).unmatched.isEmpty)
  }

  @Test func aWatchThatIsTooYoungIsNamed() {
    let window = QuietWindow(Self.evidence { $0.watchedSince = Self.now - 3 * Self.day })
    #expect(Self.reasons(window).map(\.opens) == [Self.now + 11 * Self.day])
    #expect(Self.reasons(window).first?.text.contains("watches only since") == true)
    #expect(Self.reasons(QuietWindow(Self.evidence { $0.watchedSince = nil })).count == 1)
  }

  @Test func shortGapsStopTheClock() {
    // 15 days since the last use, of which 30 times 59 s were not watched.
    let window = QuietWindow(
      Self.evidence {
        $0.uses = [Self.use("a", ago: 14 * Self.day)]
        $0.gaps = (1...30).map { Self.gap(Int64($0) * Self.hour, 59 * Self.second) }
      })
    #expect(window.quiet == 14 * Self.day - 30 * 59 * Self.second)
    #expect(Self.reasons(window).map(\.opens) == [Self.now + 30 * 59 * Self.second])
  }

  @Test func overlappingGapsCountOnce() {
    let window = QuietWindow(
      Self.evidence {
        $0.gaps = [Self.gap(Self.hour, 40 * Self.second), Self.gap(Self.hour - 10 * Self.second, 20 * Self.second)]
      })
    #expect(window.quiet == 100 * Self.day - 40 * Self.second)
    // Two short ones that touch are a long one.
    let long = QuietWindow(
      Self.evidence {
        $0.gaps = [Self.gap(Self.hour, 40 * Self.second), Self.gap(Self.hour - 40 * Self.second, 40 * Self.second)]
      })
    #expect(long.quiet == Self.hour - 80 * Self.second)
  }

  @Test func aLongGapStartsItAnewUnlessWaived() {
    let seen = Self.evidence { $0.gaps = [Self.gap(5 * Self.day, Self.day), Self.gap(90 * Self.day, Self.day)] }
    let window = QuietWindow(seen)
    #expect(window.quiet == 4 * Self.day)
    #expect(Self.reasons(window).map(\.caller) == [QuietWindow.gapsName])
    #expect(Self.reasons(window).map(\.opens) == [Self.now + 10 * Self.day])
    var waived = seen
    waived.waivers = [QuietWindow.Waiver(caller: QuietWindow.gapsName, reason: "the host was off")]
    #expect(QuietWindow(waived).standing == .open(since: Self.now - 86 * Self.day))
  }

  /// A relay that is down has told of no gap yet.
  @Test func aRelayThatIsDownIsAGapThoughNobodyTold() {
    let window = QuietWindow(
      Self.evidence {
        $0.isWatching = false
        $0.lastSign = Self.now - 2 * Self.day
      })
    #expect(window.quiet == 0)
    #expect(Self.reasons(window).map(\.caller) == [QuietWindow.gapsName, nil])
    #expect(Self.reasons(window).last?.text.contains("no relay watches") == true)
  }

  @Test(arguments: [(31, 33), (1, 14), (7, 14), (366, 390)])
  func schedulesAskForMoreThanTheirPeriod(days: Int64, needed: Int64) {
    let window = QuietWindow(
      Self.evidence { $0.scheduled = [Self.script("/etc/cron.monthly/report", .atMost(days * Self.day))] })
    #expect(window.required / Self.day == needed)
    #expect((window.demandedBy == nil) == (needed == 14))
    #expect((window.standing == .open(since: Self.now - 100 * Self.day + window.required)) == (needed < 100))
    if needed > 100 {
      #expect(Self.reasons(window).last?.opens == Self.now + window.required - 100 * Self.day)
      #expect(Self.reasons(window).last?.caller == "/etc/cron.monthly/report")
    }
  }

  @Test func theLongestScheduleDecidesForAll() {
    let window = QuietWindow(
      Self.evidence {
        $0.uses = [Self.use("a", ago: 20 * Self.day)]
        $0.scheduled = [Self.script("daily", .atMost(Self.day)), Self.script("monthly", .atMost(31 * Self.day))]
      })
    #expect(Self.reasons(window).map(\.caller) == ["a", "monthly"])
    #expect(
      Self.reasons(window).map(\.opens)
        == Array(repeating: Self.now + QuietWindow.needed(forPeriod: 31 * Self.day) - 20 * Self.day, count: 2))
  }

  @Test func whatRunsAtStartOrUnreadablyIsNamedAndWaivable() {
    let seen = Self.evidence { $0.scheduled = [Self.script("boot", .atStart), Self.script("odd", .unreadable)] }
    #expect(Self.reasons(QuietWindow(seen)).map(\.caller) == ["boot", "odd"])
    #expect(Self.reasons(QuietWindow(seen)).map(\.opens) == [nil, nil])
    var waived = seen
    waived.waivers = ["boot", "odd"].map { QuietWindow.Waiver(caller: $0, reason: "x") }
    #expect(Self.reasons(QuietWindow(waived)).isEmpty)
  }

  @Test func hostileTimesDoNotTrap() {
    for extreme in [Int64.min / 4, -1, 0, Int64.max / 4] {
      let window = QuietWindow(
        Self.evidence {
          $0.uses = [QuietWindow.Use(caller: "a", names: [], last: extreme, count: 1)]
          $0.gaps = [QuietWindow.Gap(from: extreme, to: Self.now, reason: "")]
          $0.scheduled = [Self.script("s", .atMost(.max))]
        })
      #expect(window.standing != .open(since: 0))
    }
  }
}
