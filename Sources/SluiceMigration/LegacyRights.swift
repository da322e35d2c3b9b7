internal import SluiceSystem

/// With whose rights the engine acts at the legacy path, where root works for a channel of another user.
///
/// Clients write there, so its directory is mostly not the channel user's own. Where nobody but its owner (and root) could
/// exchange a component of the path, the owner's rights are used, root's included; anywhere else the channel user's.
enum LegacyRights {
  static func at<Result: ~Copyable, Failure>(_ path: String, _ body: () throws(Failure) -> Result) throws(Failure)
    -> Result
  {
    guard FileRights.areTaken, let owner = FileRights.asRoot({ owner(of: Engine.split(path).parent) }) else {
      return try body()
    }
    return try FileRights.with(owner.uid, gid: owner.gid, body)
  }

  /// nil where others could exchange it.
  private static func owner(of directory: String) -> Owner? {
    guard let found = try? Directory.openForLookup(directory).descriptor.status() else { return nil }
    do throws(UnsafePath) {
      let held = try SafePath.openDirectory(directory, trusting: found.uid == 0 ? nil : found.uid, isForLookup: true)
      guard let status = try? held.descriptor.status(), status.uid == found.uid else { return nil }
      return Owner(uid: status.uid, gid: status.gid)
    } catch { return nil }
  }
}
