internal import SluiceChannel
internal import SluiceReactor
internal import SluiceSystem
public import SluiceTransports

/// A channel's server inside another program: its transports, policy, limits and records, with a function as handler.
///
/// The process becomes a server's: SIGTERM, SIGINT and SIGHUP are its own, SIGPIPE is ignored, the umask is 077. Make it
/// before other threads run.
public final class ChannelServer {
  /// The phases of a migration; each opens the transports of those before it as well.
  public enum Phase: Sendable { case fileDrop, runFile, fifo, socket }

  /// Ends a server's run, from any thread.
  public struct Stopper: Sendable {
    fileprivate let mailbox: Mailbox<Bool>
    /// Takes nothing new and answers what is there; `run` returns then.
    public func stop() { mailbox.post(true) }
  }

  public let stopper: Stopper
  private let server: Server

  /// - Parameters:
  ///   - phase: nil for the one that a migration recorded.
  ///   - isSandboxed: puts the whole process into the sandbox that the channel file asks for.
  ///   - log: gets the server's own lines, from its thread.
  ///   - handler: answers a message; called on a thread of its own, one call at a time.
  public init(
    _ channel: ChannelConfiguration, phase: Phase? = .socket, isSandboxed: Bool = false,
    log: @escaping @Sendable (String) -> Void = { _ in },
    handler: @escaping @Sendable (ChannelRequest) -> ChannelReply
  ) throws(ChannelError) {
    var file = channel.file
    if !isSandboxed { file.sandbox = .off }
    do throws(ServiceFailure) {
      var options = Server.Options(phase: phase.map(Self.phase), log: log)
      options.handler = handler
      server = try Server(channel: file, layout: channel.layout, options: options)
    } catch { throw ChannelError(error) }
    do throws(Errno) {
      stopper = Stopper(mailbox: try Mailbox())
      try stopper.mailbox.attach(to: server.reactor) { [unowned server] _ in if !server.isDraining { server.drain() } }
    } catch { throw ChannelError(.failed, "cannot be told to stop: \(error)") }
  }

  /// Serves until `stopper` or a signal ends it; `ready` is called when clients can connect.
  public func run(ready: () -> Void = {}) throws(ChannelError) {
    do throws(ServiceFailure) { try server.run(ready: ready) } catch { throw ChannelError(error) }
  }

  private static func phase(_ phase: Phase) -> SluiceChannel.Phase {
    switch phase {
    case .fileDrop: .fileDrop
    case .runFile: .runFile
    case .fifo: .fifo
    case .socket: .socket
    }
  }
}
