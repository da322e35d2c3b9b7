internal import SluiceSystem

/// Why a drop cannot be claimed, and what to do about it; pure.
struct ClaimTrouble: Equatable, Sendable {
  let path: String
  let error: Errno
  /// What stands at the path; nil where that could not be seen.
  var found: FileStatus?
  /// The directory that it stands in.
  var directory: FileStatus?
  /// The relay's own user and rights.
  let user: UInt32
  let capabilities: Capabilities

  private var isForeignInSticky: Bool {
    guard let found, let directory else { return error == .notPermitted && !capabilities.contains(.actAsFileOwner) }
    return directory.mode & 0o1000 != 0 && found.uid != user && directory.uid != user
  }

  /// What keeps it from us, and what to do next.
  var advice: String {
    switch error {
    case .notPermitted where isForeignInSticky && !capabilities.contains(.actAsFileOwner):
      let owner = found.map { "uid \($0.uid)" } ?? "another user"
      return "it belongs to \(owner) in a sticky directory, and the relay (uid \(user)) lacks CAP_FOWNER, which renames"
        + " others' files; give it that (AmbientCapabilities= of its unit), or run it as that user"
    case .notPermitted:
      return "it, or its directory, has the immutable or append-only attribute; look with lsattr, take it away with"
        + " chattr -i -a"
    case .permissionDenied:
      return
        "uid \(user) may not write to the directory; make it a directory that the relay's user may write to, or run"
        + " the relay as its owner"
    case .busy: return "something is mounted on it; unmount it"
    case .readOnly: return "the filesystem is mounted read-only"
    case .noSpace: return "the filesystem has no room for a name"
    case .crossDevice: return "the claim directory is on another filesystem; start the relay again"
    default: return ""
    }
  }

  var text: String {
    let advice = advice
    return "cannot claim \(path): \(error)\(advice.isEmpty ? "" : "; \(advice)"); trying again every second"
  }
}
