package import SluiceChannel

/// What to look at.
package struct ScanPlan: Sendable {
  /// Absolute, with the root before them.
  package var legacyPaths: [String] = []
  package var scriptDirectories: [String] = []
  /// Put before the places of crontabs and units; empty without one.
  package var root = ""
  /// Names by which scripts call the legacy paths, besides the paths themselves.
  package var names: [String] = []
  package var directories: [String] = []
  package var objects: [String] = []
  /// The channel's user and group; nil without a channel.
  package var user: UInt32?
  package var group: UInt32?

  package init() {}

  package mutating func add(_ layout: ChannelLayout, user: UInt32, group: UInt32?) {
    legacyPaths += [layout.legacyInput, layout.legacyBad]
    names += ["PARROT_MCP_INPUT", "PARROT_MCP_BAD", "PARROT_IPC_DIR"]
    if let log = layout.legacyLog { legacyPaths.append(log) }
    directories = [layout.runtimeDirectory, layout.stateDirectory, layout.logDirectory]
    objects = [
      layout.socket, layout.fifo, layout.runFile, layout.lockFile, layout.controlSocket, layout.relaySocket,
      layout.auditSocket, layout.endpoint, layout.database, layout.auditLog, layout.relayLog,
    ]
    self.user = user
    self.group = group
  }

  /// What a script may call the paths: in full, without the root, and by the last component.
  var spellings: [String] {
    var all = names
    for path in legacyPaths {
      all.append(path)
      if !root.isEmpty, path.hasPrefix(root) { all.append(String(path.dropFirst(root.count))) }
      if let last = path.split(separator: "/").last { all.append(String(last)) }
    }
    return all.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
