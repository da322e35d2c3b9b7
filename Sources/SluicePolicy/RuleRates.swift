/// The rates of a policy's rules: a bucket for each rule and user. The clock is the caller's.
package struct RuleRates: Sendable {
  private var rates: [Int: UserRates] = [:]

  package init() {}

  /// The buckets of a policy's rules; a rule that stays what it was at its place keeps them.
  package init(for policy: Policy, keeping old: RuleRates = RuleRates(), of oldPolicy: Policy? = nil) {
    for (place, rule) in policy.rules.enumerated() {
      guard let rate = rule.rate else { continue }
      let stays = oldPolicy.map { place < $0.rules.count && $0.rules[place] == rule } ?? false
      rates[place] = (stays ? old.rates[place] : nil) ?? UserRates(capacity: rate.count, period: rate.period)
    }
  }

  package var isEmpty: Bool { rates.isEmpty }

  /// Takes a token under a rule: nil when there was one or none is needed, else the nanoseconds to wait. Writers whom
  /// nobody knows share one bucket.
  package mutating func take(rule: Int?, uid: UInt32?, now: Int64) -> Int64? {
    guard let rule, rates[rule] != nil else { return nil }
    return rates[rule]?.take(uid: uid ?? .max, now: now)
  }
}
