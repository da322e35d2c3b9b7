internal import SluiceReactor
internal import SluiceSystem

/// What is written to a claim after it was handed on, by somebody who had found it at its path.
extension FileDropReceiver {
  /// Where claims cannot be let go of they may be many: a disk may be full, and descriptors are for other things, too.
  /// Nobody but us could open a copy from the gate; what lingers is compared with what was taken of it anyway.
  func keepOpen(_ name: String, _ held: HeldClaim) {
    guard let claim = claims[name], claim.isContended == nil, !mayLinger, openCount < mostOpen else { return }
    if claim.held == nil { openCount += 1 }
    claims[name]?.held = held
  }

  func holdOn(to claim: Claim) {
    guard let held = claim.held else { return }
    openCount -= 1
    lateWrites.hold(held, slot: claim.slot)
  }

  func makeLateWrites() -> LateWrites {
    // One over the limit is enough to be refused for it.
    let made = LateWrites(reactor: reactor, limit: settings.messageLimit * 2 + 4, most: mostOpen)
    made.found = { [unowned self] in takeLate($0, $1, isUrgent: $2) }
    made.noticed = { [unowned self] in sink?.noticed($0) }
    return made
  }

  /// Makes a claim of its own of them, which is on disk before anything is said of it.
  private func takeLate(_ held: HeldClaim, _ bytes: [UInt8], isUrgent: Bool) -> Bool {
    // Who writes again and again is held back as whoever drops is.
    guard isUrgent || !isPaused && claimer?.hasRoom != false else { return false }
    let (directory, slot) = (directories[held.slot], settings.slots[held.slot])
    let name = ClaimName.next(prefix: slot.prefix, after: &lastLateName)
    do throws(Errno) {
      let draft = try directory.drafts.open(name, .createNew(mode: 0o600))
      try draft.writeAll(bytes)
      var mode = held.mode
      let own = try draft.status()
      if own.uid != held.owner.uid || own.gid != held.owner.gid {
        // Whose it is can be told by its owner only; where it cannot be, it is said that it may be anybody's.
        do throws(Errno) { try draft.setOwner(uid: held.owner.uid, gid: held.owner.gid) } catch { mode |= 0o022 }
      }
      try draft.setMode(mode)
      try directory.drafts.claim(name, into: directory.claims, as: name)
      StopPoint.lateCopied.pass()
      lateTrouble = nil
    } catch {
      try? directory.drafts.unlinkIfPresent(name)
      if lateTrouble != error {
        sink?.noticed("cannot keep what was written to \(slot.path) after it was taken: \(error); trying again")
      }
      lateTrouble = error
      return false
    }
    claimer?.found(1)
    add(name, slot: held.slot)
    // Nobody has counted who wrote it.
    claims[name]?.isEarlier = true
    counted?(slot, .taken)
    lookSoon()
    return true
  }
}
