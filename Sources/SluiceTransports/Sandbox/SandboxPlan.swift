package import SluiceChannel
package import SluiceSystem

/// What a service needs when it runs, as data; everything else is given up.
package struct SandboxPlan: Equatable, Sendable {
  /// Rights below directories and to files. A path that is absent has none.
  package var rules: [Landlock.Rule]
  /// Signals reach only what it started itself.
  package var isolatesSignals: Bool
  /// What stays of root's powers where it runs as root.
  package var capabilities: Capabilities
  package var calls: SeccompRules

  /// - Parameters:
  ///   - channelFile: where it was read, so that it can be read again.
  ///   - isRoot: it stays root: no file permission then keeps it from reading what its rules allow.
  ///   - runsPrograms: handlers are started outside the sandbox, and must be reached by signals.
  ///   - inbox: the file through which an old server is fed.
  package static func server(
    _ layout: ChannelLayout, channelFile: String?, isRoot: Bool, runsPrograms: Bool, inbox: String? = nil
  ) -> SandboxPlan {
    var rules = [
      Landlock.Rule(layout.runtimeDirectory, .clearing), Landlock.Rule(layout.stateDirectory, .owning),
      Landlock.Rule(layout.logDirectory, .owning),
    ]
    if let channelFile { rules.append(Landlock.Rule(parent(of: channelFile), .reading)) }
    // It holds the FIFO open that stands in for drops.
    if layout.standsInWithFIFO { rules.append(Landlock.Rule(parent(of: layout.legacyInput), .reading)) }
    if let inbox { rules.append(Landlock.Rule(parent(of: inbox), .owning)) }
    return SandboxPlan(
      rules: rules + system(isRoot: isRoot), isolatesSignals: !runsPrograms,
      capabilities: [.changeOwner, .overridePermissions, .readEverything, .actAsFileOwner, .keepSetID],
      calls: .services)
  }

  /// - Parameters:
  ///   - isRoot: no file permission keeps it from reading what its rules allow: root, or CAP_DAC_READ_SEARCH.
  ///   - isForeign: it works as root in directories of another user's, since the channel file says so (relay.user).
  ///   - hasRuntimeDirectory: it exists; otherwise the server will make it, and what is above it must do.
  package static func relay(
    _ layout: ChannelLayout, channelFile: String?, isRoot: Bool, isForeign: Bool = false, hasRuntimeDirectory: Bool
  ) -> SandboxPlan {
    var rules = [
      Landlock.Rule(layout.stateDirectory, .owning), Landlock.Rule(layout.logDirectory, .owning),
      // It holds the FIFO open and connects to the server; it makes nothing there.
      Landlock.Rule(
        hasRuntimeDirectory ? layout.runtimeDirectory : parent(of: layout.runtimeDirectory),
        [.readFile, .readDirectory, .writeFile]),
    ]
    for path in Set([parent(of: layout.legacyInput), parent(of: layout.legacyBad)]).sorted() {
      rules.append(Landlock.Rule(path, .clearing))
    }
    if let log = layout.legacyLog { rules.append(Landlock.Rule(parent(of: log), .appending)) }
    if let channelFile { rules.append(Landlock.Rule(parent(of: channelFile), .reading)) }
    return SandboxPlan(
      rules: rules + system(isRoot: isRoot), isolatesSignals: true,
      capabilities: isForeign
        ? relayCapabilities(layout).union([.changeOwner, .overridePermissions]) : relayCapabilities(layout),
      calls: .services)
  }

  /// Of these, a relay keeps what it was given: others' drops in a sticky directory, their bytes, the proof that nobody
  /// writes them any more, the witness of who did, and, where replies are left for the writers or a FIFO stands in for
  /// drops, giving it away. With that right, what goes back to a legacy path is its writer's again; it is not kept for
  /// that alone, since it reaches every file of the host.
  package static func relayCapabilities(_ layout: ChannelLayout) -> Capabilities {
    let kept: Capabilities = [.actAsFileOwner, .readEverything, .lease, .administrate]
    return layout.legacyReply == nil && !layout.standsInWithFIFO ? kept : kept.union(.changeOwner)
  }

  /// What the C library and the name services read: accounts, and libraries that are loaded when they are needed.
  private static func system(isRoot: Bool) -> [Landlock.Rule] {
    // A file that is replaced, as useradd(8) does with passwd, is another one than the rule knows: so a directory,
    // where permissions keep the secrets in it from us, and single files where we are root and they would not.
    let accounts =
      isRoot ? ["passwd", "group", "nsswitch.conf", "ld.so.cache", "localtime"].map { "/etc/\($0)" } : ["/etc"]
    let libraries = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/nix/store"]
    let services = ["/usr/share/zoneinfo", "/run/systemd/userdb", "/var/lib/sss", "/run/nscd"]
    return (accounts + libraries + services + ["/proc", "/dev/urandom"]).map { Landlock.Rule($0, .reading) }
      + [Landlock.Rule("/dev/null", [.readFile, .writeFile])]
  }

  private static func parent(of path: String) -> String {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
