internal import SluiceChannel
internal import SluiceSystem

extension QuietWindow {
  package init(_ evidence: Evidence) {
    let waived = Set(evidence.waivers.map(\.caller))
    let uses = evidence.uses.filter { waived.isDisjoint(with: $0.names) }
    let scheduled = evidence.scheduled.filter { waived.isDisjoint(with: $0.names) }
    let gaps = waived.contains(Self.gapsName) ? [] : Self.merged(evidence)
    var known = Set([Self.gapsName, Self.unknownName])
    for use in evidence.uses { known.formUnion(use.names) }
    for script in evidence.scheduled { known.formUnion(script.names) }
    unmatched = evidence.waivers.map(\.caller).filter { !known.contains($0) }

    let demand = Self.demand(scheduled)
    let required = max(min(evidence.minimum, Self.longest), demand?.needed ?? 0)
    self.required = required
    demandedBy = demand.flatMap { $0.needed > evidence.minimum ? $0.text : nil }

    guard let began = evidence.watchedSince else {
      (quiet, since) = (0, nil)
      standing = .notYet([
        Reason(
          caller: nil, text: "the relay has not watched the legacy path yet: start it with sluice relay", opens: nil)
      ])
      return
    }
    let long = gaps.last { $0.length >= Self.longGap && $0.to > began }
    let start = max(began, long?.to ?? began)
    func witnessed(from time: Int64) -> Int64 {
      let from = min(max(time, start), evidence.now)
      return gaps.reduce(evidence.now - from) { $0 - max(0, min($1.to, evidence.now) - max($1.from, from)) }
    }
    let base = uses.reduce(start) { max($0, $1.last) }
    let quiet = max(0, witnessed(from: base))
    self.quiet = quiet
    since = base

    var reasons: [Reason] = []
    func opens(_ time: Int64) -> Int64 { evidence.now + max(0, required - witnessed(from: time)) }
    for use in uses where witnessed(from: use.last) < required && use.last >= start {
      reasons.append(
        Reason(
          caller: use.caller,
          text:
            "\(use.caller) used it \(Self.ago(use.last, evidence.now)), \(use.count) \(use.count == 1 ? "message" : "messages") in all",
          opens: opens(use.last)))
    }
    if witnessed(from: start) < required {
      reasons.append(Self.reason(long, began, evidence.now, opens: opens(start)))
    }
    for script in scheduled {
      switch script.period {
      case .atMost(let period):
        let needed = Self.needed(forPeriod: period)
        guard needed > evidence.minimum, quiet < needed else { continue }
        reasons.append(
          Reason(
            caller: script.caller,
            text: "\(script.caller) runs by itself (\(script.when)), so it takes \(Self.text(needed)) of quiet to know",
            opens: evidence.now + needed - quiet))
      case .atStart:
        reasons.append(
          Reason(
            caller: script.caller,
            text:
              "\(script.caller) runs when the system starts (\(script.when)): no time of quiet shows that it is moved",
            opens: nil))
      case .unreadable:
        reasons.append(
          Reason(
            caller: script.caller,
            text: "\(script.caller) runs by itself, but when is not to be read from '\(script.when)'", opens: nil))
      }
    }
    if !evidence.isWatching {
      reasons.append(
        Reason(caller: nil, text: "no relay watches the legacy path now: start it with sluice relay", opens: nil))
    }
    standing = reasons.isEmpty ? .open(since: evidence.now - (quiet - required)) : .notYet(reasons)
  }

  /// Gaps by their ends, with the one that nobody has told of yet: a relay that is down since its last sign of life.
  private static func merged(_ evidence: Evidence) -> [Gap] {
    var gaps = evidence.gaps.map { Gap(from: max(0, $0.from), to: min($0.to, evidence.now), reason: $0.reason) }
      .filter { $0.to > $0.from }
    if !evidence.isWatching, let last = evidence.lastSign, last < evidence.now {
      gaps.append(Gap(from: last, to: evidence.now, reason: "the relay is down"))
    }
    // Overlapping ones are one time.
    var merged: [Gap] = []
    for gap in gaps.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
      if let last = merged.last, gap.from <= last.to {
        merged[merged.count - 1] = Gap(
          from: last.from, to: max(last.to, gap.to), reason: last.length >= gap.length ? last.reason : gap.reason)
      } else {
        merged.append(gap)
      }
    }
    return merged
  }

  private static func demand(_ scheduled: [Scheduled]) -> (needed: Int64, text: String)? {
    scheduled.compactMap { script -> (needed: Int64, text: String)? in
      guard case .atMost(let period) = script.period else { return nil }
      return (needed(forPeriod: period), "\(script.caller) (\(script.when))")
    }.max { $0.needed < $1.needed }
  }

  private static func reason(_ long: Gap?, _ began: Int64, _ now: Int64, opens: Int64) -> Reason {
    guard let long, long.to > began else {
      return Reason(caller: nil, text: "the relay watches only since \(moment(began))", opens: opens)
    }
    return Reason(
      caller: gapsName,
      text:
        "nobody watched from \(moment(long.from)) to \(moment(long.to)) (\(text(long.length)): \(long.reason)), so the"
        + " clock runs since then",
      opens: opens)
  }

  package static func moment(_ time: Int64) -> String {
    "\(Timestamp(nanoseconds: time).description.prefix(19).replacing("T", with: " ")) UTC"
  }

  package static func ago(_ time: Int64, _ now: Int64) -> String {
    now - time < 1_000_000_000 ? "just now" : "\(text(now - time)) ago"
  }

  /// About how long, in the two largest units that it has.
  package static func text(_ nanoseconds: Int64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
    guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "\(nanoseconds / 1_000_000) ms" }
    return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: " ")
  }
}
