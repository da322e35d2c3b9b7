package import SluiceSystem

extension FileDropReceiver {
  /// Leaves a reply beside the first slot, in a file that its reader alone may read.
  ///
  /// It is written in our own directory and moved into place whole, over nothing: an earlier reply to the same user goes,
  /// anything else that stands there stays. No name is followed, and nothing that others could have put there is opened.
  /// - Returns: why it could not be left; nil when it stands there.
  package func leave(_ reply: [UInt8], named name: String, for owner: Owner) -> String? {
    guard let place = directories.first else { return "the drop directory is not open" }
    let draft = "r\(Random.token(bytes: 8))"
    do throws(Errno) {
      let file = try place.drafts.open(draft, .createNew(mode: 0o600))
      defer { try? place.drafts.unlinkIfPresent(draft) }
      try file.writeAll(reply + [UInt8(ascii: "\n")])
      if owner.uid != Process.effectiveUser { try file.setOwner(uid: owner.uid, gid: owner.gid) }
      if let found = try place.drop.status(of: name) {
        guard Self.isReply(found, of: owner) else { return "something else stands at \(place.drop.path)/\(name)" }
        let earlier = "o\(Random.token(bytes: 8))"
        try place.drop.claim(name, into: place.drafts, as: earlier)
        // It may have been swapped between the look and the rename: what is not a reply goes back.
        guard let moved = try place.drafts.status(of: earlier), Self.isReply(moved, of: owner) else {
          try place.drafts.claim(earlier, into: place.drop, as: name)
          return "something else stands at \(place.drop.path)/\(name)"
        }
        try place.drafts.unlink(earlier)
      }
      try place.drafts.claim(draft, into: place.drop, as: name)
      return nil
    } catch {
      return error == .notPermitted
        ? "only root, or a relay with CAP_CHOWN, can give a file to uid \(owner.uid)" : "\(error)"
    }
  }

  private static func isReply(_ status: FileStatus, of owner: Owner) -> Bool {
    status.kind == .regular && status.uid == owner.uid && status.links == 1
  }
}
