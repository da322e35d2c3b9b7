internal import SluiceChannel
internal import SluiceScan
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// Whether an old server still takes drops while the relay leaves them: a probe of ours lies at the legacy path, where
/// nothing else lies, and must still lie there after a while.
extension Engine {
  private static let pollEvery: Int64 = 3_000_000
  static let decoy = "decoy"

  func lookForOldServer(_ time: Int64, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    guard let server = observer.server(), server.isRelayConnected else {
      throw MigrationFailure(
        .notRunning, "no relay is connected; start it with: sluice relay --channel \(channel.name)")
    }
    // After an interruption it may take drops already: then what vanishes says nothing.
    guard server.isRelayHolding else { return "the relay takes drops already" }
    let (parent, name) = Self.split(layout.legacyInput)
    let directory: Directory
    do throws(Errno) {
      directory = try LegacyRights.at(layout.legacyInput) { () throws(Errno) in try Directory.open(parent) }
    } catch {
      throw MigrationFailure(.notPermitted, "\(parent): \(error)")
    }
    let deadline = Clock.monotonic + time
    var isOccupied = false
    var isOurs = false
    while Clock.monotonic < deadline {
      if !isThere(in: directory, name) {
        guard !isOccupied else { throw oldServer(took: isOurs ? "a probe" : "a drop") }
        isOurs = try lay(in: directory, name, run, state)
        isOccupied = true
      } else {
        isOccupied = true
      }
      report(.waiting(nanoseconds: max(0, deadline - Clock.monotonic)))
      Wait.pause(nanoseconds: Self.pollEvery)
    }
    try settleDrafts(state)
    return isOurs ? "a probe lay untouched for \(TimeSpan(nanoseconds: time))" : "a drop waits, and nobody took it"
  }

  private func isThere(in directory: borrowing Directory, _ name: String) -> Bool {
    ((try? LegacyRights.at(layout.legacyInput) { () throws(Errno) in try directory.status(of: name) }) ?? nil) != nil
  }

  private func oldServer(took what: String) -> MigrationFailure {
    let who = callers().map(\.summary)
    let named = who.isEmpty ? "" : "; it may be \(who.joined(separator: " or "))"
    return MigrationFailure(
      .gate,
      "\(what) vanished from \(layout.legacyInput) while the relay leaves drops in place: an old server still takes them"
        + "\(named); stop it, and run this again")
  }

  /// Puts the probe there, never over anything. - Returns: whether it did, rather than somebody else his own.
  private func lay(
    in directory: borrowing Directory, _ name: String, _ run: Int64, _ state: State
  ) throws(MigrationFailure) -> Bool {
    let draft = Draft(
      path: layout.legacyInput, kind: Self.decoy, run: run, name: ".\(name).\(Random.token(bytes: 8))")
    let token = Random.token(bytes: 16)
    // Should a writer append to it, the server knows it for what it is.
    try ask(.expect(canaries: [token]))
    var envelope = Envelope()
    envelope.canary = token
    let line = envelope.wrap(Array(#"{"method":"ping"}"#.utf8)) + [UInt8(ascii: "\n")]
    try stored { () throws(StoreFailure) in
      try state.beginDraft(draft.path, kind: draft.kind, run: run, name: draft.name)
    }
    do throws(Errno) {
      let made = try LegacyRights.at(layout.legacyInput) { () throws(Errno) in try draw(draft.name, line, in: directory)
      }
      do throws(StoreFailure) { try state.identifyDraft(draft.path, Self.print(of: made)) } catch { throw Errno.io }
      StopPoint.engineIdentified.pass()
      try LegacyRights.at(layout.legacyInput) { () throws(Errno) in
        try directory.link(draft.name, to: name)
        try directory.unlink(draft.name)
      }
      StopPoint.enginePlaced.pass()
      return true
    } catch {
      LegacyRights.at(layout.legacyInput) { try? directory.unlinkIfPresent(draft.name) }
      try? state.forgetDraft(draft.path)
      if error == .exists { return false }
      throw MigrationFailure(.failed, "cannot put a probe at \(layout.legacyInput): \(error)")
    }
  }

  private func draw(_ name: String, _ line: [UInt8], in directory: borrowing Directory) throws(Errno) -> FileStatus {
    let file = try directory.open(name, .createNew(mode: 0o600))
    // With a third user's rights it stays that user's.
    if let owner = identity.owner, !FileRights.areTaken || FileRights.user == 0 {
      try file.setOwner(uid: owner.uid, gid: owner.gid)
    }
    try file.writeAll(line)
    try file.setMode(0o644)
    return try file.status()
  }

  /// Which file it is and that nobody wrote to it: what is in it is ours as long as these are the same.
  private static func print(of status: FileStatus) -> String {
    "\(status.identity.device):\(status.identity.inode):\(status.size):\(status.modified)"
  }

  /// Takes our probe away again. It is moved aside first, which is one step: a file that a writer has begun to write to is
  /// moved back, and one that is not ours is not touched.
  func withdraw(_ draft: Draft, in directory: borrowing Directory, _ name: String) throws(Errno) {
    if let now = try directory.status(of: name), let known = draft.identity, Self.isSame(now, known),
      isOurProbe(now)
    {
      // Killed between its second name and the end of its first.
      try directory.unlinkIfPresent(draft.name)
      do throws(Errno) { try directory.claim(name, into: directory, as: draft.name) } catch {
        guard error == .noSuchFile || error == .exists else { throw error }
      }
      StopPoint.engineDrafted.pass()
    }
    guard let aside = try directory.status(of: draft.name) else { return }
    // Root believes no note about another user's file.
    guard isOurProbe(aside) else { throw Errno.notPermitted }
    let isUnwritten = draft.identity.map { $0 == Self.print(of: aside) } ?? true
    if isUnwritten, try !directory.isBeingWritten(draft.name) { return try directory.unlink(draft.name) }
    let deadline = Clock.monotonic + 2_000_000_000
    while true {
      do throws(Errno) { return try directory.claim(draft.name, into: directory, as: name) } catch {
        // Another drop took the place: the two wait for their turn.
        guard error == .exists, Clock.monotonic < deadline else { throw error }
      }
      Wait.pause(nanoseconds: Self.pollEvery)
    }
  }

  /// Of the channel's user, as probes are, or of the directory's owner with whose rights it was made.
  private func isOurProbe(_ status: FileStatus) -> Bool {
    status.kind == .regular && (status.uid == identity.user || FileRights.user != 0 && status.uid == FileRights.user)
  }

  /// Whether it is the file, written to or not.
  private static func isSame(_ status: FileStatus, _ known: String) -> Bool {
    known.hasPrefix("\(status.identity.device):\(status.identity.inode):")
  }
}

extension Directory {
  /// Whether somebody has the file open for writing, by a read lease; where none is to be had, nobody is known to.
  fileprivate func isBeingWritten(_ name: String) throws(Errno) -> Bool {
    let file = try open(name, .readUntrusted)
    let lease = file.takeReadLease()
    if lease == .granted { file.releaseLease() }
    return lease == .writerPresent
  }
}
