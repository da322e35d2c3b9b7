package import SluiceChannel
package import SluicePolicy
package import SluiceSystem

/// The accounts of a channel as numbers, looked up once at start (name services may block).
package struct ChannelIdentity: Sendable {
  /// The channel's user: configured, or whoever runs it.
  package let user: UInt32
  /// The group that has access, nil where access is the user's alone.
  package let group: UInt32?
  /// Who the relay may be, besides root.
  package let relayUser: UInt32
  /// Owner for objects, where they would otherwise be somebody else's.
  package let owner: Owner?

  package init(_ channel: ChannelFile) throws(ServiceFailure) {
    let own = Process.effectiveUser
    var gid = Process.effectiveGroup
    if let name = channel.user {
      guard let found = Accounts.user(name.rawValue) else {
        throw ServiceFailure(
          .failed, "the channel's user \(name.rawValue) does not exist; create it, or change \"user\"")
      }
      user = found.uid
      gid = found.gid
    } else {
      user = own
    }
    if channel.access == .group, let name = channel.group {
      guard let found = Accounts.group(name.rawValue) else {
        throw ServiceFailure(
          .failed, "the channel's group \(name.rawValue) does not exist; create it, or change \"group\"")
      }
      group = found
      gid = found
    } else {
      group = nil
    }
    if let name = channel.relay.user {
      guard let found = Accounts.user(name.rawValue) else {
        throw ServiceFailure(
          .failed, "the relay's user \(name.rawValue) does not exist; create it, or change \"relay.user\"")
      }
      relayUser = found.uid
    } else {
      relayUser = user
    }
    guard own == 0 || own == user else {
      throw ServiceFailure(
        .notPermitted, "this channel belongs to uid \(user): run as that user, or as root (you are uid \(own))")
    }
    owner = user != own || gid != Process.effectiveGroup ? Owner(uid: user, gid: gid) : nil
  }

  /// Mode of the runtime directory: the group may enter, never write.
  package var directoryMode: UInt32 { group == nil ? 0o700 : 0o750 }
  /// Mode of files and FIFOs that clients write to.
  package var fileMode: UInt32 { group == nil ? 0o600 : 0o660 }

  /// Opens one of the channel's directories, as `SafePath` does, trusting the channel's user beside root and ourselves.
  /// - Parameter mode: makes it where it is absent; what is absent on the way to it gets the usual mode of system
  ///   directories, since a service of another user may have to pass there.
  package func directory(_ path: String, creating mode: UInt32? = nil) throws(UnsafePath) -> Directory {
    if mode != nil, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
      _ = try SafePath.openDirectory(String(path[..<slash]), creating: 0o755, trusting: user)
    }
    return try SafePath.openDirectory(path, creating: mode, trusting: user, leafGroup: group)
  }

  /// Who may call where the channel file has no rules. Asks name services.
  package func defaultPolicy(_ channel: ChannelFile) -> DefaultPolicy {
    DefaultPolicy(
      user: user, group: group, members: group.map { Set(Accounts.members(of: $0)) } ?? [],
      legacyWriters: channel.legacy.writers == .anyone ? .anyone : .members)
  }
}
