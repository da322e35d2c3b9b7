internal import SluiceSystem
internal import SluiceReactor

/// Claiming without taking away: a drop gets a second name among the claims and keeps the one at its path, so that there
/// is no moment without the file.
extension DropClaimer {
  /// - Returns: false where what stands there is known, and stays for a while.
  func claimLingering(_ index: Int, as name: String) throws(Errno) -> Bool {
    let directory = directories[index]
    let slot = settings.slots[index].name
    guard let found = try directory.drop.status(of: slot) else { throw .noSuchFile }
    switch LingeringSlots.approach(to: found, known: lingering.entry(index), now: Clock.monotonic) {
    case .leave: return false
    case .link:
      try directory.drop.link(slot, into: directory.claims, as: name)
      // What was linked counts, whatever stood there a moment ago.
      lingering.set(
        index,
        try directory.claims.status(of: name).map { LingeringSlots.Entry(identity: $0.identity, state: .claimed) })
    case .rename: try takeAway(index, found, as: name)
    }
    return true
  }

  /// Ends a drop's time at its path. Something else may have come in its place: that gets its own time.
  private func takeAway(_ index: Int, _ expected: FileStatus, as name: String) throws(Errno) {
    let directory = directories[index]
    try directory.drop.claim(settings.slots[index].name, into: directory.claims, as: name)
    lingering.set(index, nil)
    StopPoint.lingerEnded.pass()
    guard let found = try directory.claims.status(of: name), found.identity != expected.identity,
      found.kind == .regular
    else { return }
    do throws(Errno) {
      try directory.claims.link(name, into: directory.drop, as: settings.slots[index].name)
      lingering.set(index, LingeringSlots.Entry(identity: found.identity, state: .claimed))
    } catch { if error != .exists { throw error } }
  }

  /// Nothing that was taken may be left for the old server, which would handle it again.
  func endLingering(_ last: inout UInt64) {
    for (index, slot) in settings.slots.enumerated() {
      guard let known = lingering.entry(index), let found = try? directories[index].drop.status(of: slot.name),
        LingeringSlots.approach(to: found, known: known, now: Clock.monotonic, isEnding: true) == .rename
      else { continue }
      let name = ClaimName.next(prefix: slot.prefix, after: &last)
      do throws(Errno) { try takeAway(index, found, as: name) } catch {
        if error != .noSuchFile {
          reports.post(.noticed("cannot take \(slot.path) away, which was taken already: \(error)"))
        }
        continue
      }
      self.found(1)
      reports.post(.claimed(name, slot: index))
    }
  }
}
