package import SluiceSystem

/// Giving a message back to the path where it was dropped, for a reader that takes files there.
extension FileDropReceiver {
  package enum Return: Equatable, Sendable {
    case laid
    /// Something lies there: a writer's drop, or what was given back before. Nothing is ever overwritten.
    case occupied
  }

  /// Whether something lies at the slot.
  package func isOccupied(_ slot: Int) throws(Errno) -> Bool {
    try directories[slot].drop.status(of: settings.slots[slot].name) != nil
  }

  /// Writes the file of a message beside its slot, whole, under the message's id.
  /// - Parameters:
  ///   - owner: whose it is to be; nil for our own.
  /// - Returns: whether it is that owner's.
  package func draftReturn(
    _ bytes: [UInt8], id: String, mode: UInt32, owner: Owner?, slot: Int
  ) throws(Errno) -> Bool {
    let place = directories[slot]
    // Of an attempt that ended before it counted.
    try place.returns.unlinkIfPresent(id)
    let file = try place.returns.open(id, .createNew(mode: 0o600))
    try file.writeAll(bytes)
    try file.setMode(mode)
    guard let owner else { return true }
    let own = try file.status()
    if own.uid == owner.uid, own.gid == owner.gid { return true }
    do throws(Errno) { try file.setOwner(uid: owner.uid, gid: owner.gid) } catch { return own.uid == owner.uid }
    return true
  }

  /// Whether the file is beside its slot still: where it was and is not, it has been laid.
  package func hasReturnDraft(_ id: String, slot: Int) throws(Errno) -> Bool {
    try directories[slot].returns.status(of: id) != nil
  }

  /// Moves the file to its slot, over nothing.
  package func layReturn(_ id: String, slot: Int) throws(Errno) -> Return {
    do throws(Errno) {
      try directories[slot].returns.claim(id, into: directories[slot].drop, as: settings.slots[slot].name)
      return .laid
    } catch {
      guard error == .exists else { throw error }
      return .occupied
    }
  }

  package func dropReturnDraft(_ id: String, slot: Int) throws(Errno) {
    try directories[slot].returns.unlinkIfPresent(id)
  }
}
