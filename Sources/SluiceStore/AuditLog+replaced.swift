package import SluiceSystem

/// The name of the log leads to another file, or to none: something else rotates it, or somebody edited a copy.
extension AuditLog {
  /// Whether the log's name still leads to the file that is written.
  package func isReplaced() throws(Errno) -> Bool {
    let held = try writtenIdentity()
    return try directory.status(of: name)?.identity != held
  }

  /// Puts all that this writer has under the log's name again, and keeps what was put there beside it: no record is lost
  /// with the file that has no name any more, and none is mixed with what others wrote.
  /// - Returns: the name under which the foreign file is kept; nil where there was none.
  package func putBack(at time: Int64) throws(Errno) -> String? {
    try flush()
    let draft = "\(name).again"
    try directory.unlinkIfPresent(draft)
    let copy = try directory.open(draft, .createNew(mode: mode))
    do throws(Errno) {
      try copy.setMode(mode)
      if let owner { try copy.setOwner(uid: owner.uid, gid: owner.gid) }
      try copyWritten(to: copy)
      var foreign: String?
      if try directory.status(of: name) != nil {
        let kept = "\(name).foreign-\(time / 1_000_000_000)"
        try directory.claim(name, into: directory, as: kept)
        foreign = kept
      }
      try directory.rename(draft, to: name)
      goOn(in: copy)
      return foreign
    } catch {
      try? directory.unlinkIfPresent(draft)
      throw error
    }
  }

  /// Whether a foreign file is still there.
  package func keeps(_ foreign: String) -> Bool {
    do throws(Errno) { return try directory.status(of: foreign) != nil } catch { return true }
  }
}
