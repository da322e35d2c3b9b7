package import SluiceSystem

/// Finding our claim directory among the names of a directory in which everybody may make some.
///
/// Who made a directory cannot be forged, and one of mode 0700 has nobody else's names in it, so ours are found by owner
/// and mode. The usual name is taken where it is free; where somebody else has it, one with random digits behind it.
extension ClaimDirectory {
  /// Bytes of names that are looked through: a directory may be filled to hide ours.
  private static let listLimit = 1 << 26
  private static let digits = 16

  /// Directories that a relay of this user has made, the one with the usual name first.
  package static func names(
    _ usual: String, of user: UInt32, in place: borrowing Directory
  ) throws(Errno) -> [String] {
    let hasUsual = try isOwn(usual, user, place)
    let others: [String]
    do throws(Errno) {
      others = try place.names(capacity: listLimit).filter { isVariant($0, of: usual) }.sorted()
    } catch {
      guard hasUsual else { throw error }
      others = []
    }
    var found = hasUsual ? [usual] : []
    for name in others where try isOwn(name, user, place) { found.append(name) }
    return found
  }

  /// A name for a new one that nobody has.
  package static func freeName(_ usual: String, in place: borrowing Directory) throws(Errno) -> String {
    try place.status(of: usual) == nil ? usual : "\(usual)-\(Random.token(bytes: digits / 2))"
  }

  private static func isVariant(_ name: String, of usual: String) -> Bool {
    name.utf8.count == usual.utf8.count + 1 + digits && name.hasPrefix(usual + "-")
      && name.suffix(digits).allSatisfy(\.isHexDigit)
  }

  private static func isOwn(_ name: String, _ user: UInt32, _ place: borrowing Directory) throws(Errno) -> Bool {
    guard let found = try place.status(of: name) else { return false }
    return found.kind == .directory && found.uid == user && found.mode & 0o077 == 0
  }

  /// Takes over the claims of other directories of ours. Names of claims are never given twice.
  static func merge(
    _ names: [String], of place: borrowing Directory, into claims: borrowing Directory, _ returns: borrowing Directory
  ) throws(Errno) {
    for name in names {
      let other = try place.directory(name)
      let lock = try other.descriptor.duplicate()
      guard try lock.tryLockExclusive() else { throw Errno.busy }
      if try other.status(of: "claims")?.kind == .directory {
        let source = try other.directory("claims")
        for claim in try source.names() { try source.claim(claim, into: claims, as: claim) }
      }
      if try other.status(of: "returns")?.kind == .directory {
        let source = try other.directory("returns")
        for draft in try source.names() { try source.claim(draft, into: returns, as: draft) }
      }
      // Only empty ones go: what was moved aside there is for somebody to look at.
      for child in ["claims", "returns", "replies", "rejects"] { try? other.removeDirectory(child) }
      try? place.removeDirectory(name)
      _ = lock.raw  // held until here
    }
  }
}
