package import SluiceSystem

extension ChannelIdentity {
  /// Makes one of the channel's directories as its owner's, or puts right what an earlier start has left.
  ///
  /// Components that are absent on the way get the usual mode of system directories, the last one its own.
  package func make(_ path: String, mode: UInt32) throws(UnsafePath) {
    let parent = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
    let above = try directory(String(parent), creating: 0o755)
    let existed = ((try? above.status(of: String(path.dropFirst(parent.count + 1)))) ?? nil) != nil
    let made = try SafePath.openDirectory(path, creating: mode & 0o755, trusting: user, leafGroup: group)
    do throws(Errno) {
      if let owner { try made.descriptor.setOwner(uid: owner.uid, gid: owner.gid) }
      // chown(2) clears the set-group-ID bit, and only now is the group the right one.
      if !existed || mode & 0o2000 != 0 { try made.descriptor.setMode(mode) }
    } catch { throw UnsafePath(component: path, reason: .system(error)) }
  }
}
