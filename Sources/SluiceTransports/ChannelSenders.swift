package import SluiceChannel
package import SluiceSystem

/// The sending sides of a channel's transports.
package struct ChannelSenders: Sendable {
  private let channel: ChannelFile
  private let layout: ChannelLayout
  private let patience: Int64

  /// - Parameter patience: nanoseconds that one sending may take.
  package init(channel: ChannelFile, layout: ChannelLayout, patience: Int64) {
    self.channel = channel
    self.layout = layout
    self.patience = patience
  }

  package func sender(_ kind: TransportKind) -> any SendingSide {
    let trust = ServerTrust(channel)
    let replies = ReplyFIFO(directory: layout.repliesDirectory, trust: trust)
    switch kind {
    case .socket:
      return SocketSender(
        directory: layout.runtimeDirectory, name: layout.names.socket, patience: patience, trust: trust)
    case .fifo:
      return FIFOSender(
        directory: layout.runtimeDirectory, name: layout.names.fifo, patience: patience, replies: replies,
        trust: trust)
    case .runFile:
      return RunFileSender(
        directory: layout.runtimeDirectory,
        settings: RunFileSettings(
          lockName: layout.names.lockFile, fileName: layout.names.runFile, claimedName: layout.names.claimedDirectory,
          mode: channel.access == .group ? 0o660 : 0o600, messageLimit: channel.limits.message.bytes),
        patience: patience, replies: replies, trust: trust)
    case .fileDrop: return dropSender(owner: nil)
    }
  }

  /// A sender of drops whose files belong to `owner`; nil leaves them to the caller's user.
  package func dropSender(owner: Owner?) -> FileDropSender {
    FileDropSender(
      slot: Self.slot(layout.legacyInput), patience: patience, owner: owner,
      replies: ReplyFIFO(directory: layout.repliesDirectory, trust: ServerTrust(channel)))
  }

  /// The slot of a legacy path.
  package static func slot(_ path: String) -> FileDropSettings.Slot {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return FileDropSettings.Slot(
      directory: slash == path.startIndex ? "/" : String(path[..<slash]),
      name: String(path[path.index(after: slash)...]), isBadByDefinition: false)
  }
}
