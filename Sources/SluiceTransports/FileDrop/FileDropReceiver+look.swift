internal import SluiceSystem
internal import SluiceReactor

/// Looking at claims that are not handed on yet, when something has happened and again after a while.
extension FileDropReceiver {
  private static let mostHeard = 4
  /// Nanoseconds.
  private static let freshness: Int64 = 2_000_000

  /// Something happened in a watched directory: it may be that the writer of a claim that has just come closed it.
  func heard() { if isExpecting { lookSoon() } }

  /// Whether a claim has just come that is not handed on. In others' noise, old claims and many of them are not looked at
  /// for each event.
  var isExpecting: Bool {
    guard let newest = waiting.last, waiting.count <= Self.mostHeard, let claim = claims[newest] else { return false }
    return Clock.monotonic - claim.since < Self.freshness
  }

  /// Looks once for all the reports that came together.
  func lookSoon() {
    retryDelay = 0
    guard !isLookDue else { return }
    isLookDue = true
    reactor.schedule(after: 0) { [weak self] in self?.look() }
  }

  /// Looks at every claim that is not handed on yet, oldest first.
  func look() {
    isLookDue = false
    guard !isLooking, !isPaused || !begun.isEmpty else { return }
    isLooking = true
    defer { isLooking = false }
    if let retry { reactor.cancel(retry) }
    retry = nil
    let names = waiting
    waiting = []
    waiting = keepingOrder(names) + waiting
    let now = Clock.monotonic
    if parked.isLookDue(at: now) { parked.keep(parked.names.filter { !examine($0) }) }
    if let notice = parked.notice(at: now) { sink?.noticed(notice) }
    if waiting.isEmpty {
      guard parked.count > 0 else { return }
      retryDelay = parked.interval
    } else {
      retryDelay = min(max(retryDelay * 2, 2_000_000), 200_000_000)
    }
    retry = reactor.schedule(after: retryDelay) { [weak self] in self?.look() }
  }

  /// Examines claims, oldest first, and gives those that have to be looked at again.
  ///
  /// Who writes one drop after the other has closed the first, but a child that was started meanwhile may hold a copy of
  /// its descriptor until it runs its program: for such a moment later drops of the path wait.
  private func keepingOrder(_ names: [String]) -> [String] {
    var held: Set<Int> = []
    return names.filter { name in
      guard let claim = claims[name] else { return false }
      if held.contains(claim.slot) { return true }
      if examine(name) || park(name) { return false }
      if !isPaused, Clock.monotonic - claim.since < settings.orderPatience { held.insert(claim.slot) }
      return true
    }
  }

  /// A claim that has waited for its writer for long no longer counts against the drops of others.
  func park(_ name: String) -> Bool {
    guard !isPaused, let claim = claims[name], Clock.monotonic - claim.since >= settings.writerPatience,
      let status = try? directories[claim.slot].claims.status(of: claim.file)
    else { return false }
    // A user who leaves more of them open than is a user's share would take the room of all others.
    if parked.count(of: status.uid) >= settings.parkedShare {
      reject(name, claim, .crowded(status.uid), isDirectory: false)
      return true
    }
    guard parked.count < settings.parkedLimit else { return false }
    // Others get the path for themselves.
    if mayLinger { lingering.took(claim.slot, status.identity, .leaving) }
    claims[name]?.isUncounted = true
    parked.add(name, owner: status.uid)
    claimer?.settledOne()
    return true
  }
}
