internal import SluiceReactor
internal import SluiceSystem

/// Taking files from the slots, by whichever thread finds them there first.
extension DropGate {
  /// Takes what stands at a slot, for the claimer. The slot is free again before anything is looked at.
  /// - Returns: the name of its claim, where it is nothing that anybody could be let in to; nil where the gate has it.
  ///   ENOENT where nothing stands there.
  func take(slot index: Int) throws(Errno) -> String? {
    try state.withLock { (state) throws(Errno) in try take(&state, index, Clock.monotonic) }
  }

  /// Files that came to the slot and were taken without the claimer.
  func takeCount(of slot: Int) -> Int {
    state.withLock { state in
      defer { state.uncounted[slot] = 0 }
      return state.uncounted[slot]
    }
  }

  /// What was moved to the slots is somebody else's to take from now on.
  func forgetDrafts() { state.withLock { $0.drafts.forgetAll() } }

  private func take(_ state: inout State, _ index: Int, _ now: Int64) throws(Errno) -> String? {
    let (directory, slot) = (directories[index], settings.slots[index])
    var name = ClaimName.next(prefix: slot.prefix, after: &state.lastName)
    try directory.drop.claim(slot.name, into: directory.gated, as: name)
    StopPoint.dropClaimed.pass()
    guard let status = try directory.gated.status(of: name) else { return nil }
    // With a further name it may be anybody's file: it is emptied by nobody, and looked at as any drop is.
    guard status.kind == .regular, status.links == 1 else {
      try directory.gated.claim(name, into: directory.claims, as: name)
      return name
    }
    if takeReplaced(&state, now) {
      // They came before it: so do their names.
      let later = ClaimName.next(prefix: slot.prefix, after: &state.lastName)
      try directory.gated.rename(name, to: later)
      name = later
    }
    var file = File(slot: index, name: name, touched: now)
    file.owner = Owner(uid: status.uid, gid: status.gid)
    file.isUnread = status.size > 0
    if let draft = state.drafts.take(status.identity) {
      file.outside = draft.outside
      if file.isUnread { file.last = draft.opener }
    }
    readIfWhole(&file, &state)
    if file.isUnread, file.last == nil { open(status.identity, &state) }
    state.files[status.identity] = file
    return nil
  }

  /// A file that is opened at a slot is taken from there; one that is there no longer is known for what it was.
  func adopt(_ state: inout State, _ opener: Opener, _ status: FileStatus, _ now: Int64) {
    guard mayTake(), state.files.count < Self.mostFiles, let path = opener.file.place else { return }
    var place = places.place(of: path, hasNames: status.links > 0)
    if case .slot(let index) = place {
      do throws(Errno) {
        if let claim = try take(&state, index, now) {
          claimed()
          reports.post(.claimed(claim, slot: index))
        }
        state.uncounted[index] += 1
      } catch {
        if error != .noSuchFile {
          reports.post(
            .noticed(
              "cannot take \(settings.slots[index].path) at its opening: \(error); its writer is let in ungated"))
          return
        }
      }
      guard state.files[status.identity] == nil, let now = try? opener.file.status(), now.links == 0,
        let path = opener.file.place
      else { return }
      // Something was moved over it at this moment.
      place = places.place(of: path, hasNames: false)
    }
    switch place {
    case .replaced(let index), .left(let index):
      var file = File(slot: index, name: nil, touched: now)
      file.owner = Owner(uid: status.uid, gid: status.gid)
      file.isUnread = status.size > 0
      if let draft = state.drafts.take(status.identity) { file.outside = draft.outside }
      if case .replaced = place { state.uncounted[index] += 1 }
      state.files[status.identity] = file
    case .slot, .elsewhere: break
    }
  }

  /// What was moved to a slot and replaced there before it was taken, in the order in which that happened.
  /// - Returns: whether there was any.
  @discardableResult
  func takeReplaced(_ state: inout State, _ now: Int64) -> Bool {
    var replaced: [(identity: FileStatus.Identity, status: FileStatus, slot: Int)] = []
    for identity in state.drafts.identities {
      guard let draft = state.drafts[identity], let status = try? draft.opener.file.status(), status.links == 0
      else { continue }
      guard let path = draft.opener.file.place, case .replaced(let slot) = places.place(of: path, hasNames: false),
        status.size > 0
      else {
        _ = state.drafts.take(identity)
        continue
      }
      replaced.append((identity, status, slot))
    }
    guard !replaced.isEmpty else { return false }
    for (identity, status, slot) in replaced.sorted(by: { $0.status.changed < $1.status.changed }) {
      guard let draft = state.drafts.take(identity) else { continue }
      var file = File(slot: slot, name: nil, touched: now)
      file.owner = Owner(uid: status.uid, gid: status.gid)
      file.isUnread = true
      file.last = draft.opener
      file.outside = draft.outside
      readIfWhole(&file, &state)
      state.uncounted[slot] += 1
      // Who found it at the slot may be about to open it.
      state.files[identity] = file
    }
    return true
  }
}
