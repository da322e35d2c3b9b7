package import SluiceStore
package import SluiceSystem

/// Which objects the engine changes at all. Pure: what is found and what is remembered are both only words until they pass.
package enum ObjectFitness {
  package static let choices = "move it away and run this again, or give the channel another path in its channel file"

  /// Why what stands there is not to be changed; nil where it may be.
  package static func refusal(_ found: FileStatus, _ kind: Manifest.Object.Kind, user: UInt32) -> String? {
    refusal(kind: found.kind.rawValue, mode: found.mode, uid: found.uid, links: found.links, kind, user: user)
  }

  package static func refusal(
    kind found: String, mode: UInt32, uid: UInt32, links: UInt64, _ kind: Manifest.Object.Kind, user: UInt32
  ) -> String? {
    guard found == kind.found else { return "is a \(found), not a \(kind.found)" }
    guard uid == user else { return "belongs to uid \(uid), not to \(user)" }
    guard kind != .directory else { return nil }
    // Another name of a file somewhere else: what is done here would be done there.
    guard links == 1 else { return "has \(links) names (hard links): it may be a file of another place" }
    guard mode & 0o7000 == 0 else { return "has mode 0\(String(mode, radix: 8)), with more than permissions" }
    return nil
  }

  /// Why no object is given that mode and owner on the way back, whatever the state says; nil where it may be.
  package static func refusal(toRestore found: FoundObject, _ kind: Manifest.Object.Kind, user: UInt32) -> String? {
    guard found.uid == user else { return "owner \(found.uid)" }
    let allowed: UInt32 = kind == .directory ? 0o3777 : 0o777
    guard found.mode & ~allowed == 0 else { return "mode 0\(String(found.mode, radix: 8))" }
    return nil
  }
}
