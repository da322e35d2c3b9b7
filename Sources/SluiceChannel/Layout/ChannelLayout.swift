/// Every path of a channel, each with the root before it where one is given.
package struct ChannelLayout: Hashable, Sendable {
  /// The names within `runtimeDirectory`.
  package let names: RuntimeNames
  package let runtimeDirectory: String
  package let stateDirectory: String
  package let logDirectory: String
  /// Where old clients drop messages.
  package let legacyInput: String
  /// Where old clients drop malformed messages.
  package let legacyBad: String
  /// The old server's log, if it kept one.
  package let legacyLog: String?
  /// Where old clients find replies, if anywhere; with `{uid}` in its name.
  package let legacyReply: String?
  /// Whether a FIFO of the relay's stands at `legacyInput`.
  package let standsInWithFIFO: Bool

  /// The old server's file, or the upstream server's socket, where the handler is of such a kind.
  package let handlerPath: String?

  /// The paths below `root`, which the caller has made absolute; nil and `/` change nothing.
  package init(channel: ChannelFile, root: String?) {
    names = RuntimeNames(stem: channel.stem)
    runtimeDirectory = Self.path(channel.paths.runtime.rawValue, root: root)
    stateDirectory = Self.path(channel.paths.state.rawValue, root: root)
    logDirectory = Self.path(channel.paths.log.rawValue, root: root)
    legacyInput = Self.path(channel.legacy.input.rawValue, root: root)
    legacyBad = Self.path(channel.legacy.bad.rawValue, root: root)
    legacyReply = channel.legacy.reply.map { Self.path($0.rawValue, root: root) }
    standsInWithFIFO = channel.legacy.ingress == .fifo
    legacyLog = channel.legacy.log.map { Self.path($0.rawValue, root: root) }
    handlerPath =
      switch channel.handler {
      case .socket(let upstream): Self.path(upstream.path.rawValue, root: root)
      case .fileDrop(let inbox): Self.path(inbox.path.rawValue, root: root)
      case .builtin, .exec, .stdio: nil
      }
  }

  /// `/etc/sluice/NAME.json5`.
  package static func channelFile(name: ChannelName, root: String?) -> String {
    path("/etc/sluice/\(name).json5", root: root)
  }

  package var lockFile: String { runtime(names.lockFile) }
  package var runFile: String { runtime(names.runFile) }
  package var claimedDirectory: String { runtime(names.claimedDirectory) }
  package var fifo: String { runtime(names.fifo) }
  package var socket: String { runtime(names.socket) }
  package var repliesDirectory: String { runtime(names.repliesDirectory) }
  package var controlSocket: String { runtime(names.controlSocket) }
  package var relaySocket: String { runtime(names.relaySocket) }
  package var auditSocket: String { runtime(names.auditSocket) }
  package var endpoint: String { runtime(names.endpoint) }

  /// Phase, runs, steps, ledger and writers (SQLite).
  package var database: String { "\(stateDirectory)/state.db" }
  package var spoolDirectory: String { "\(stateDirectory)/spool" }
  package var quarantineDirectory: String { "\(stateDirectory)/quarantine" }
  /// Keeps two migration runs apart.
  /// What was known when the legacy path was sealed.
  package var retirementCertificate: String { "\(stateDirectory)/retirement.json" }
  package var migrationLock: String { "\(stateDirectory)/migration.lock" }

  package var auditLog: String { "\(logDirectory)/audit.jsonl" }
  package var relayLog: String { "\(logDirectory)/relay.jsonl" }

  private func runtime(_ name: String) -> String { "\(runtimeDirectory)/\(name)" }

  private static func path(_ path: String, root: String?) -> String {
    guard var root else { return path }
    while root.utf8.last == 0x2F { root.removeLast() }
    return root + path
  }
}
