internal import SluiceSystem
internal import SluiceReactor

/// Drops that stay readable at their paths for a while after they were taken.
///
/// A claim is then a second name of the file. What is read of it is fixed first, by a rename to a name that says what it
/// was, and only then handed on: a killed relay knows what has a message, whatever is written to the file meanwhile. Once
/// it is handed on that name goes to the directory of what lingers, until the file's time at the path is over.
extension FileDropReceiver {
  /// A file that has a message already and still has other names.
  struct Standing {
    let taken: TakenName
    let slot: Int
    /// Its message is handed on: the name stands among what lingers, no longer among the claims.
    var hasEnded: Bool
    /// Nanoseconds of the monotonic clock.
    let since: Int64
  }

  /// Longer than any claim of it can be on its way.
  private static let patience: Int64 = 10_000_000_000

  var mayLinger: Bool { settings.linger != nil || !standing.isEmpty }

  /// How many names of a file are our own or the path's; any other may be a link to somebody's secret.
  func ownNames(of status: FileStatus, slot: Int) -> UInt64 {
    var count = claims.values.count { $0.identity == status.identity }
    if standing[status.identity]?.hasEnded == true { count += 1 }
    if stands(status.identity, at: slot) { count += 1 }
    return UInt64(count)
  }

  private func stands(_ identity: FileStatus.Identity, at slot: Int) -> Bool {
    let found = try? directories[slot].drop.status(of: settings.slots[slot].name)
    return found?.identity == identity
  }

  /// The bytes of a claim that have no message yet; nil where there are none, and the claim is done with.
  func fresh(_ name: String, _ claim: Claim, _ bytes: [UInt8], _ status: FileStatus) throws(Errno) -> [UInt8]? {
    if let taken = claim.taken {
      if taken.isBeginning(of: bytes) { return Array(bytes[taken.from..<taken.size]) }
      if begun.contains(name) {
        finish(name, isFirst: true)
      } else {
        sink?.noticed("the claim \(name) was overwritten at its path before it could be read")
        finish(name, isFirst: true)
      }
      return nil
    }
    let earlier = standing[status.identity]
    guard earlier != nil || status.links > 1 else { return bytes }
    switch earlier?.taken.novelty(of: bytes, modified: status.modified) ?? .from(0) {
    case .nothing:
      tookAgain(claim.slot, status)
      try directories[claim.slot].claims.unlinkIfPresent(claim.file)
      remove(name)
      sweepLingering()
      return nil
    case .from(let start):
      try fix(name, claim, TakenName(claim: name, from: start, bytes: bytes, modified: status.modified), status)
      return Array(bytes[start...])
    }
  }

  private func fix(_ name: String, _ claim: Claim, _ taken: TakenName, _ status: FileStatus) throws(Errno) {
    let directory = directories[claim.slot]
    try directory.claims.rename(claim.file, to: taken.name)
    claims[name]?.file = taken.name
    claims[name]?.taken = taken
    StopPoint.claimFixed.pass()
    let earlier = standing.updateValue(
      Standing(taken: taken, slot: claim.slot, hasEnded: false, since: Clock.monotonic), forKey: status.identity)
    if let earlier, earlier.hasEnded { try directory.lingering.unlinkIfPresent(earlier.taken.name) }
    tookAgain(claim.slot, status)
  }

  /// The claimer looks at the path again now, since it may have been written to, and when the time is over.
  private func tookAgain(_ slot: Int, _ status: FileStatus) {
    let time = settings.linger ?? 0
    lingering.took(
      slot, status.identity,
      .taken(size: status.size, modified: status.modified, until: Clock.monotonic + time))
    claimer?.wake()
    reactor.schedule(after: time + 1_000_000) { [weak self] in
      self?.claimer?.wake()
      self?.sweepLingering()
    }
  }

  /// A file that was refused must not stay at its path: it would be claimed again and again.
  func takeAway(_ claim: Claim) {
    guard mayLinger, let identity = claim.identity, stands(identity, at: claim.slot) else { return }
    let slot = settings.slots[claim.slot]
    let directory = directories[claim.slot]
    var last: UInt64 = 0
    let name = ClaimName.next(prefix: slot.prefix, after: &last)
    do throws(Errno) {
      try directory.drop.claim(slot.name, into: directory.claims, as: name)
      if try directory.claims.status(of: name)?.identity == identity { return try directory.claims.unlink(name) }
      // Something else came in its place at this moment: it is a drop like any other.
      claimer?.found(1)
      add(name, slot: claim.slot)
    } catch {
      if error != .noSuchFile { sink?.noticed("cannot take \(slot.path) away: \(error); it was refused") }
    }
  }

  /// The claim's message is handed on: its file goes, or stays known while it has other names.
  func letGo(_ claim: Claim) throws(Errno) {
    let directory = directories[claim.slot]
    if let taken = claim.taken, let identity = claim.identity, standing[identity]?.taken == taken {
      if let status = try directory.claims.status(of: claim.file), status.links > 1 {
        try directory.claims.claim(claim.file, into: directory.lingering, as: taken.name)
        standing[identity]?.hasEnded = true
        StopPoint.lingers.pass()
        return
      }
      standing[identity] = nil
    }
    try directory.claims.unlinkIfPresent(claim.file)
  }

  /// Forgets files that nothing else leads to any more: their clients removed or replaced them, or their time is over.
  func sweepLingering() {
    let now = Clock.monotonic
    for (identity, known) in standing where known.hasEnded {
      let directory = directories[known.slot]
      do throws(Errno) {
        if let status = try directory.lingering.status(of: known.taken.name), status.links > 1 {
          // Somebody's own further link would keep it for ever.
          guard now - known.since > (settings.linger ?? 0) + Self.patience, !stands(identity, at: known.slot),
            !claims.values.contains(where: { $0.identity == identity })
          else { continue }
        }
        try directory.lingering.unlinkIfPresent(known.taken.name)
        standing[identity] = nil
        lingering.forget(known.slot, identity)
      } catch { sink?.noticed("cannot remove what lingered of \(known.taken.claim): \(error)") }
    }
  }

  /// What an earlier process left, before the claimer starts.
  func findLingering() throws(Errno) {
    var seen: Set<String> = []
    for (index, directory) in directories.enumerated() where seen.insert(settings.slots[index].directory).inserted {
      for name in try directory.lingering.names() {
        guard let taken = TakenName(name), let status = try directory.lingering.status(of: name), status.links > 1,
          let slot = slot(of: taken.claim, beside: settings.slots[index].directory)
        else {
          try directory.lingering.unlinkIfPresent(name)
          continue
        }
        if let other = standing[status.identity] {
          let older = min(other.taken.claim, taken.claim)
          try directory.lingering.unlinkIfPresent(older == taken.claim ? name : other.taken.name)
          if older == taken.claim { continue }
        }
        standing[status.identity] = Standing(taken: taken, slot: slot, hasEnded: true, since: Clock.monotonic)
      }
    }
    for claim in claims.values {
      guard let taken = claim.taken, let identity = claim.identity else { continue }
      if let other = standing[identity] {
        guard other.taken.claim < taken.claim else { continue }
        if other.hasEnded { try directories[claim.slot].lingering.unlinkIfPresent(other.taken.name) }
      }
      standing[identity] = Standing(taken: taken, slot: claim.slot, hasEnded: false, since: Clock.monotonic)
    }
    for index in settings.slots.indices { try recognise(index) }
  }

  private func slot(of claim: String, beside directory: String) -> Int? {
    settings.slots.firstIndex { $0.directory == directory && $0.prefix == claim.first }
  }

  /// Tells the claimer of a file at a path that an earlier process claimed.
  private func recognise(_ slot: Int) throws(Errno) {
    guard let found = try directories[slot].drop.status(of: settings.slots[slot].name) else { return }
    if claims.values.contains(where: { $0.identity == found.identity && $0.taken == nil }) {
      lingering.set(slot, LingeringSlots.Entry(identity: found.identity, state: .claimed))
    } else if let known = standing[found.identity] {
      lingering.set(
        slot,
        LingeringSlots.Entry(
          identity: found.identity,
          state: .taken(
            size: UInt64(known.taken.size), modified: known.taken.modified,
            until: Clock.monotonic + (settings.linger ?? 0))))
      reactor.schedule(after: (settings.linger ?? 0) + 1_000_000) { [weak self] in self?.claimer?.wake() }
    }
  }
}
