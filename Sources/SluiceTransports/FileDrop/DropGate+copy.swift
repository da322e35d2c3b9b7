internal import SluiceReactor
internal import SluiceSystem

/// From a file that was taken to a claim.
extension DropGate {
  /// Copies what was moved to a slot once nobody writes it any more.
  func readIfWhole(_ file: inout File, _ state: inout State) {
    guard file.isUnread, let opener = file.last else { return }
    switch opener.file.takeReadLease() {
    case .writerPresent: return
    case .granted: opener.file.releaseLease()
    case .unavailable:
      guard let status = try? opener.file.status(), Clock.realtime - status.changed >= 200_000_000 else { return }
    }
    guard copy(&file, &state, isContended: false) else { return }
    file.isUnread = false
    file.isOurs = true
    file.outside = []
  }

  /// Makes a claim of the file's content and empties the file. The claim is reported only then: what is found in both
  /// places after a kill is one message.
  /// - Returns: whether nothing is in it any more.
  @discardableResult
  func copy(_ file: inout File, _ state: inout State, isContended: Bool) -> Bool {
    guard let opener = file.last else { return false }
    let directory = directories[file.slot]
    let name = file.name ?? ClaimName.next(prefix: settings.slots[file.slot].prefix, after: &state.lastName)
    do throws(Errno) {
      let size = try opener.file.status().size
      if size > 0 {
        let draft = try directory.drafts.open(name, .createNew(mode: 0o600))
        // One over the limit is enough to be refused for it.
        let bytes = try opener.file.beginning(upTo: min(Int(clamping: size), settings.messageLimit + 4))
        try draft.writeAll(bytes)
        try draft.setOwner(uid: file.owner.uid, gid: file.owner.gid)
        try directory.drafts.claim(name, into: directory.claims, as: name)
        StopPoint.gateCopied.pass()
        try opener.file.empty()
        StopPoint.gateEmptied.pass()
        if file.name != nil {
          let next = ClaimName.next(prefix: settings.slots[file.slot].prefix, after: &state.lastName)
          try directory.gated.rename(name, to: next)
          file.name = next
        }
        claimed()
        reports.post(.gated(name, slot: file.slot, isContended: isContended))
      }
      // By its name it is found again.
      if file.name != nil { file.last = nil }
      return true
    } catch {
      // Half of it may be there, and it is tried again under the same name.
      try? directory.drafts.unlinkIfPresent(name)
      reports.post(.noticed("cannot copy what was written to \(settings.slots[file.slot].path): \(error)"))
      return false
    }
  }

  /// Has it opened by another thread than the gate's own, which an opening of ours waits for as any other does.
  func open(_ identity: FileStatus.Identity, _ state: inout State) {
    guard !state.unopened.contains(identity) else { return }
    state.unopened.append(identity)
    wake.raise()
  }

  func runReader() {
    while !isOver {
      _ = try? Wait.ready(wake.descriptor, before: Clock.monotonic + 1_000_000_000)
      wake.clear()
      let wanted = state.withLock { state in
        let wanted = state.unopened.map { ($0, state.files[$0]?.slot, state.files[$0]?.name) }
        state.unopened = []
        return wanted
      }
      for case (let identity, let slot?, let name?) in wanted {
        guard let found = try? directories[slot].gated.open(name, .readUntrusted), let status = try? found.status(),
          status.identity == identity
        else { continue }
        let opener = Opener(found, Owner(uid: status.uid, gid: status.gid), Process.identifier)
        state.withLock { state in
          guard var file = state.files.removeValue(forKey: identity) else { return }
          if file.isUnread, file.turns.isIdle {
            file.last = opener
            readIfWhole(&file, &state)
          }
          state.files[identity] = file
        }
      }
    }
  }
}
