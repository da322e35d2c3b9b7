internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

extension ServiceLock {
  /// The lock that one relay of a channel holds for its life, in the channel's state directory.
  static func takeAsRelay(
    _ layout: ChannelLayout, _ identity: ChannelIdentity, _ owner: Owner?
  ) throws(ServiceFailure) -> ServiceLock {
    var holder = ""
    let name = "relay.lock"
    let path = "\(layout.stateDirectory)/\(name)"
    let directory: Directory
    do throws(UnsafePath) { directory = try identity.directory(layout.stateDirectory, creating: 0o700) } catch {
      throw ServiceFailure(TransportFailure(error))
    }
    do throws(Errno) {
      if let owner { try directory.descriptor.setOwner(uid: owner.uid, gid: owner.gid) }
      if let lock = try ServiceLock.take(open(name, in: directory, owner), holder: &holder) { return lock }
    } catch {
      guard error != .invalid else { throw ServiceFailure(.unsafePath, ServiceLock.foreign(path)) }
      throw ServiceFailure(TransportFailure(UnsafePath(component: path, reason: .system(error))))
    }
    throw ServiceFailure(.busy, "another relay (\(holder)) claims this channel's drops; stop it first")
  }

  /// Root that starts a relay for another user does here what that user may do, who owns the directory.
  private static func open(
    _ name: String, in directory: borrowing Directory, _ owner: Owner?
  ) throws(Errno) -> OwnedDescriptor {
    try FileRights.borrow(from: owner) { () throws(Errno) in try ServiceLock.open(in: directory, name: name) }
  }
}
