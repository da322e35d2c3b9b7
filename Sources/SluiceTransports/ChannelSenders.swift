internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports

/// The sending sides of a channel's transports.
struct ChannelSenders {
  let channel: ChannelFile
  let layout: ChannelLayout
  /// Nanoseconds that one sending may take.
  let patience: Int64

  func sender(_ kind: TransportKind) -> any SendingSide {
    let replies = ReplyFIFO(directory: layout.repliesDirectory)
    switch kind {
    case .socket:
      return SocketSender(directory: layout.runtimeDirectory, name: layout.names.socket, patience: patience)
    case .fifo:
      return FIFOSender(
        directory: layout.runtimeDirectory, name: layout.names.fifo, patience: patience, replies: replies)
    case .runFile:
      return RunFileSender(
        directory: layout.runtimeDirectory,
        settings: RunFileSettings(
          lockName: layout.names.lockFile, fileName: layout.names.runFile, claimedName: layout.names.claimedDirectory,
          mode: channel.access == .group ? 0o660 : 0o600, messageLimit: channel.limits.message.bytes),
        patience: patience, replies: replies)
    case .fileDrop:
      return FileDropSender(slot: Self.slot(layout.legacyInput), patience: patience, replies: replies)
    }
  }

  static func slot(_ path: String) -> FileDropSettings.Slot {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    return FileDropSettings.Slot(
      directory: slash == path.startIndex ? "/" : String(path[..<slash]),
      name: String(path[path.index(after: slash)...]), isBadByDefinition: false)
  }

  /// The transport that the running server names as primary; file-drop where there is no server.
  func primary() throws(CommandFailure) -> TransportKind {
    do throws(Errno) {
      let directory = try Directory.open(layout.runtimeDirectory)
      guard let bytes = try directory.contents(of: layout.names.endpoint, limit: 65536) else {
        throw Errno.noSuchFile
      }
      guard let kind = EndpointFile.primaryTransport(in: String(decoding: bytes, as: UTF8.self)) else {
        throw Errno.protocolFault
      }
      return kind
    } catch {
      switch error {
      case .noSuchFile:
        throw CommandFailure(
          .serviceNotRunning,
          "no server: \(layout.endpoint) does not exist; start it with: sluice serve --channel \(channel.name)")
      case .permissionDenied:
        throw CommandFailure(.notPermitted, "not permitted to read \(layout.endpoint); ask for membership in the channel's group")
      default: throw CommandFailure(.failed, "cannot read \(layout.endpoint): \(error)")
      }
    }
  }
}
