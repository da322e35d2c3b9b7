package import SluiceSystem

/// Whose a FIFO at a legacy path is, and who may write to it; pure.
///
/// fs.protected_fifos (sysctl: Documentation/admin-guide/sysctl/fs.rst) refuses an open(2) with O_CREAT, which is what
/// `echo >` does, of another user's FIFO in a sticky directory that others write to, unless it belongs to the
/// directory's owner. That holds for root as well.
package struct FIFOTerms: Equatable, Sendable {
  package let mode: UInt32
  /// Nil where it stays as it was made.
  package let owner: Owner?

  /// - Parameters:
  ///   - protection: the value of fs.protected_fifos.
  ///   - user: who the relay is.
  ///   - group: whose members may write; nil for none.
  ///   - isForAll: every user of this host may write.
  package static func make(
    directory: FileStatus, protection: Int, user: UInt32, ownGroup: UInt32, group: UInt32?, isForAll: Bool,
    capabilities: Capabilities
  ) -> Result<FIFOTerms, FIFORefusal> {
    let mode: UInt32 = isForAll ? 0o622 : group == nil ? 0o600 : 0o620
    let wanted = isForAll ? ownGroup : group ?? ownGroup
    let others: UInt32 = protection > 1 ? 0o022 : 0o002
    let isGuarded = protection > 0 && directory.mode & 0o1000 != 0 && directory.mode & others != 0
    guard isGuarded, directory.uid != user, mode != 0o600 else {
      return .success(FIFOTerms(mode: mode, owner: wanted == ownGroup ? nil : Owner(uid: user, gid: wanted)))
    }
    for (right, name) in [
      (Capabilities.changeOwner, "CAP_CHOWN"), (.readEverything, "CAP_DAC_READ_SEARCH"),
      (.actAsFileOwner, "CAP_FOWNER"),
    ] where user != 0 && !capabilities.contains(right) {
      return .failure(
        FIFORefusal(
          text: "fs.protected_fifos is \(protection): in a sticky directory that others write to, `echo >` to a FIFO of"
            + " uid \(user) is refused (EACCES), and without \(name) the relay can make and keep none of uid"
            + " \(directory.uid), the directory's owner; give it that right, or the drops a directory of their own, or"
            + " use 'watch'"))
    }
    return .success(FIFOTerms(mode: mode, owner: Owner(uid: directory.uid, gid: wanted)))
  }
}

/// Why no FIFO can stand at a legacy path.
package struct FIFORefusal: Error, Equatable, Sendable {
  package let text: String
}
