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
    do throws(UnsafePath) {
      let directory = try identity.directory(layout.stateDirectory, creating: 0o700)
      do throws(Errno) {
        if let lock = try ServiceLock.take(in: directory, name: name, holder: &holder) {
          if let owner { try directory.give(name, to: owner) }
          return lock
        }
      } catch { throw UnsafePath(component: "\(layout.stateDirectory)/\(name)", reason: .system(error)) }
    } catch { throw ServiceFailure(TransportFailure(error)) }
    throw ServiceFailure(.busy, "another relay (\(holder)) claims this channel's drops; stop it first")
  }
}
