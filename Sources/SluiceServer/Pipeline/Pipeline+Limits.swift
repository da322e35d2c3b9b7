internal import SluiceChannel
internal import SluicePolicy
internal import SluiceTransports
internal import SluiceWire

/// What one user may have of the calls that wait, and what is said of limits.
extension Pipeline {
  func isStranger(_ principal: Principal) -> Bool {
    guard case .decided(let decision) = policy.standing(of: principal) else { return false }
    return !decision.verdict.isAllowed
  }
  func limited(_ hit: LimitHit) { tellLimit(hit) }

  func callBegan(of uid: UInt32?) {
    guard let uid else { return }
    guard !callShare.change(by: 1, of: uid) else { return }
    let text = "uid \(uid) has its share of the calls that may wait (limit \(callShare.limit(for: uid)))"
    limited(LimitHit(.calls, uid: uid, "\(text): reading less of it"))
  }

  func callEnded(of uid: UInt32?) { if let uid { callShare.give(of: uid) } }

  func isAtCallShare(_ uid: UInt32?) -> Bool {
    guard let uid else { return false }
    return callShare.held(by: uid) >= callShare.limit(for: uid)
  }

  /// Whoever operates the channel may feed it noise for as long as it likes.
  func isJunkTooFrequent(of uid: UInt32?, now: Int64) -> Bool {
    guard let uid, !settings.reservedUsers.contains(uid) else { return false }
    return junkRates.take(uid: uid, now: now) != nil
  }

  func rateRefusal(_ uid: UInt32, _ wait: Int64) -> Refusal {
    var text = "too many messages of uid \(uid)"
    if let rate = settings.rate { text += " (limit \(rate.count) in \(TimeSpan(nanoseconds: rate.period)))" }
    limited(LimitHit(.rate, uid: uid, text))
    return Refusal(.tooMany, text, retryAfterMilliseconds: (wait + 999_999) / 1_000_000)
  }
}
