/// Whether the legacy path has been unused for long enough, and was watched all that time. Pure.
///
/// Only witnessed time counts: the relay was there and took drops. A short time without it stops the clock; a longer one,
/// in which a job of a minute's grain can have run unseen, starts it anew.
package struct QuietWindow: Equatable, Sendable {
  /// A time in which drops may have come and gone unseen; nanoseconds since 1970.
  package struct Gap: Equatable, Sendable {
    package let from: Int64
    package let to: Int64
    package let reason: String
    package init(from: Int64, to: Int64, reason: String) { (self.from, self.to, self.reason) = (from, to, reason) }
    var length: Int64 { max(0, to - from) }
  }

  /// Somebody who used the legacy path.
  package struct Use: Equatable, Sendable {
    /// As the operator is told, such as `backup.sh (uid 1001)`.
    package let caller: String
    /// By any of these a waiver names it.
    package let names: Set<String>
    package let last: Int64
    package let count: Int64
    package init(caller: String, names: Set<String>, last: Int64, count: Int64) {
      (self.caller, self.names, self.last, self.count) = (caller, names, last, count)
    }
  }

  /// A script that names the legacy path, and runs by itself.
  package struct Scheduled: Equatable, Sendable {
    package enum Period: Equatable, Sendable {
      /// Nanoseconds: the longest time between two runs.
      case atMost(Int64)
      case atStart
      case unreadable
    }
    package let caller: String
    package let names: Set<String>
    /// `0 3 * * * (/etc/cron.d/report)`
    package let when: String
    package let period: Period
    package init(caller: String, names: Set<String>, when: String, period: Period) {
      (self.caller, self.names, self.when, self.period) = (caller, names, when, period)
    }
  }

  package struct Waiver: Equatable, Sendable {
    package let caller: String
    package let reason: String
    package init(caller: String, reason: String) { (self.caller, self.reason) = (caller, reason) }
  }

  package struct Evidence: Equatable, Sendable {
    package var now: Int64
    /// Nanoseconds, of the manifest.
    package var minimum: Int64
    /// Since when the relay takes drops, but for the gaps; nil where it never did.
    package var watchedSince: Int64?
    /// Whether a relay is connected, and takes drops, now.
    package var isWatching: Bool
    /// The relay's last sign of life.
    package var lastSign: Int64?
    package var gaps: [Gap] = []
    package var uses: [Use] = []
    package var scheduled: [Scheduled] = []
    package var waivers: [Waiver] = []

    package init(now: Int64, minimum: Int64, watchedSince: Int64?, isWatching: Bool, lastSign: Int64? = nil) {
      self.now = now
      self.minimum = minimum
      self.watchedSince = watchedSince
      self.isWatching = isWatching
      self.lastSign = lastSign
    }
  }

  /// Why it is not open.
  package struct Reason: Equatable, Sendable {
    /// Whom a waiver would have to name; nil where nothing can be waived.
    package let caller: String?
    package let text: String
    /// When this alone would no longer stand in the way, if nothing comes; nil where time does not do.
    package let opens: Int64?
    package init(caller: String?, text: String, opens: Int64?) {
      (self.caller, self.text, self.opens) = (caller, text, opens)
    }
  }

  package enum Standing: Equatable, Sendable {
    /// Nanoseconds since 1970.
    case open(since: Int64)
    case notYet([Reason])
  }

  package let standing: Standing
  /// Nanoseconds of quiet that are asked for, and who asks for more than the manifest does.
  package let required: Int64
  package let demandedBy: String?
  /// Nanoseconds that were witnessed since the last use or the last longer gap.
  package let quiet: Int64
  /// What the clock runs from.
  package let since: Int64?
  /// Waivers that name nobody: a mistyped name must not count as one.
  package let unmatched: [String]

  /// A waiver of this name leaves the gaps out of account.
  package static let gapsName = "gaps"
  /// What nobody can be named for is waived by this name.
  package static let unknownName = "unknown"
  /// Nanoseconds from which on a gap starts the clock anew.
  package static let longGap: Int64 = 60_000_000_000
  /// No longer time is reckoned with: 50 years.
  static let longest: Int64 = 50 * 366 * 86_400_000_000_000
  private static let leastMargin: Int64 = 300_000_000_000

  /// A schedule and what it may be late by: a fifteenth (a monthly one asks for 33 days), and 5 minutes at least.
  package static func needed(forPeriod period: Int64) -> Int64 {
    let most = min(max(0, period), longest)
    return most + max(leastMargin, most / 15)
  }
}
