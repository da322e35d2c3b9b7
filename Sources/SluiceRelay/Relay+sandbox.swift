package import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
package import SluiceTransports

extension Relay {
  /// What the relay needs, as things stand.
  package static func sandboxPlan(
    _ layout: ChannelLayout, _ channelFile: String?, _ identity: ChannelIdentity
  ) -> SandboxPlan {
    let isRoot = Process.effectiveUser == 0
    let readsEverything = (try? Capabilities.effective.contains(.readEverything)) ?? false
    let hasRuntimeDirectory = (try? Directory.openForLookup(layout.runtimeDirectory)) != nil
    return .relay(
      layout, channelFile: channelFile, isRoot: isRoot || readsEverything, isForeign: isRoot && identity.user != 0,
      hasRuntimeDirectory: hasRuntimeDirectory)
  }

  /// Gives up what the relay does not need; before its first thread, and when its directories exist.
  static func enterSandbox(
    _ channel: ChannelFile, _ layout: ChannelLayout, _ channelFile: String?, _ identity: ChannelIdentity
  ) throws(ServiceFailure) -> SandboxReport {
    try Sandbox.begin(channel.sandbox)
    return try Sandbox.enter(sandboxPlan(layout, channelFile, identity), channel.sandbox)
  }

  /// The directories of its slots as it will find them. Asked before anything is given up: afterwards nobody may look at
  /// other processes' mounts.
  package static func places(_ layout: ChannelLayout, _ identity: ChannelIdentity) -> [DropPlace] {
    let held = (try? Capabilities.effective) ?? []
    let isRoot = Process.effectiveUser == 0
    let user = isRoot && identity.relayUser == identity.user ? identity.user : Process.effectiveUser
    let kept =
      SandboxPlan.relay(
        layout, channelFile: nil, isRoot: isRoot, isForeign: user != identity.user, hasRuntimeDirectory: true
      ).capabilities
    let slots = [layout.legacyInput, layout.legacyBad].map { path in
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
    }
    return Set(slots.map(\.0)).sorted().map { directory in
      .look(
        directory, slots: slots.filter { $0.0 == directory }.map(\.1), user: user,
        capabilities: held.intersection(kept))
    }
  }

  /// Makes the relay's own directories, as the channel's user's.
  static func makeDirectories(
    _ channel: ChannelFile, _ layout: ChannelLayout, _ identity: ChannelIdentity, _ owner: Owner?
  ) throws(ServiceFailure) {
    do throws(UnsafePath) {
      for path in [layout.stateDirectory, layout.spoolDirectory, layout.quarantineDirectory, layout.logDirectory] {
        let directory = try identity.directory(path, creating: 0o700)
        guard let owner else { continue }
        do throws(Errno) {
          try directory.descriptor.setOwner(uid: owner.uid, gid: owner.gid)
          if path == layout.stateDirectory { try adoptClaims(channel, layout, identity, owner) }
          guard path == layout.logDirectory else { continue }
          // What an earlier relay that stayed root has left.
          for name in try directory.names() where name.hasPrefix("relay.jsonl") {
            try directory.give(name, to: owner)
          }
        } catch { throw UnsafePath(component: path, reason: .system(error)) }
      }
    } catch { throw ServiceFailure(TransportFailure(error)) }
  }

  /// The server's directory, where the relay starts first: the sandbox has a rule for what is there when it begins. Where
  /// this relay may not, the rule is for the directory above, and the server makes it.
  static func makeRuntimeDirectory(_ channel: ChannelFile, _ layout: ChannelLayout, _ identity: ChannelIdentity) {
    // A file system that is mounted there later is not what a rule for the directory below it means.
    guard !channel.paths.privateRuntime, (try? Directory.openForLookup(layout.runtimeDirectory)) == nil else { return }
    do throws(UnsafePath) { try identity.make(layout.runtimeDirectory, mode: identity.directoryMode) } catch {
      // The server says what is wrong with the path.
    }
  }

  /// The claim directories of a relay that stayed root become those of the channel's user, with what waits in them.
  private static func adoptClaims(
    _ channel: ChannelFile, _ layout: ChannelLayout, _ identity: ChannelIdentity, _ owner: Owner
  ) throws(Errno) {
    guard identity.user != 0, identity.relayUser == identity.user else { return }
    for path in [layout.legacyInput, layout.legacyBad] {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      guard let drop = try? Directory.open(slash == path.startIndex ? "/" : String(path[..<slash])) else { continue }
      for name in try ClaimDirectory.names(claimDirectory(channel, of: 0), of: 0, in: drop) {
        let place = try drop.directory(name)
        for child in ["claims", "returns", "rejects"] where try place.status(of: child)?.kind == .directory {
          try place.directory(child).descriptor.setOwner(uid: owner.uid, gid: owner.gid)
        }
        try place.descriptor.setOwner(uid: owner.uid, gid: owner.gid)
        // Beside one that the user has already: the receiver takes what is in both.
        let free = try ClaimDirectory.freeName(claimDirectory(channel, of: owner.uid), in: drop)
        try drop.claim(name, into: drop, as: free)
      }
    }
  }

  /// Name of the private directory beside the slots.
  static func claimDirectory(_ channel: ChannelFile, of user: UInt32) -> String {
    ".\(channel.name.rawValue)-relay-\(user)"
  }

  /// A relay that root starts is the channel's user from here on, and keeps of root's powers what others' drops need.
  /// - Returns: whether it stays root, and has to give away what it makes: where the channel file names another relay.user.
  @discardableResult
  package static func becomeUser(_ identity: ChannelIdentity, _ layout: ChannelLayout) throws(ServiceFailure) -> Bool {
    guard Process.effectiveUser == 0, identity.user != 0, let owner = identity.owner else { return false }
    guard identity.relayUser == identity.user else { return true }
    do throws(Errno) {
      let held = try Capabilities.effective
      try Process.become(
        owner.uid, gid: owner.gid, keeping: held.intersection(SandboxPlan.relayCapabilities(layout)))
    } catch { throw ServiceFailure(.failed, "cannot become uid \(owner.uid): \(error)") }
    return false
  }
}
