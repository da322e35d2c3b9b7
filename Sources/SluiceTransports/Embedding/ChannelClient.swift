internal import SluiceSystem
internal import SluiceWire
internal import SluiceChannel

/// Calls a channel through its socket. Path and user of the server are checked before a byte is sent.
public struct ChannelClient: Sendable {
  private let sender: SocketSender

  /// - Parameter patience: how long a call may take.
  public init(_ channel: ChannelConfiguration, patience: Duration = .seconds(10)) {
    sender = SocketSender(
      directory: channel.layout.runtimeDirectory, name: channel.layout.names.socket,
      patience: Self.nanoseconds(patience), trust: ServerTrust(channel.file))
  }

  /// A client of a socket, whose server may be root, ourselves, or `serverUser`.
  /// - Parameter path: absolute.
  public init(socket path: String, serverUser: UInt32? = nil, patience: Duration = .seconds(10)) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    sender = SocketSender(
      directory: slash == path.startIndex ? "/" : String(path[..<slash]),
      name: String(path[slash...].drop { $0 == "/" }), patience: Self.nanoseconds(patience),
      trust: serverUser.map { ServerTrust(user: $0) } ?? ServerTrust())
  }

  /// Sends one message, a JSON object without newlines, and gives the reply: also one that is an error.
  ///
  /// It waits for the reply on the thread that calls it.
  public func request(_ message: String) throws(ChannelError) -> String {
    let bytes = Array(message.utf8)
    do throws(Refusal) { _ = try MessageReader().read(bytes) } catch {
      throw ChannelError(.badMessage, "\(error.reason); nothing was sent")
    }
    do throws(TransportFailure) { return String(decoding: try sender.request(bytes), as: UTF8.self) } catch {
      throw ChannelError(error)
    }
  }

  private static func nanoseconds(_ duration: Duration) -> Int64 {
    let (seconds, attoseconds) = duration.components
    // A week is as good as for ever, and sums with clock times stay far from their ends.
    return min(max(seconds, 0), 604_800) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
  }
}
