internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports
internal import SluicePolicy

/// `sluice serve`
enum ServeCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (found, layout, path) = try context.channel()
    let source = try source(context, path)
    let channel: ChannelFile
    do throws(ServiceFailure) {
      channel = try source.read(trusting: found.user.flatMap { Accounts.user($0.rawValue)?.uid })
    } catch { throw CommandFailure(error) }
    let phase = context.line.value("phase").flatMap { Phase($0) }
    if context.line.flag("check") { return try check(channel, layout, path, context.screen) }
    // First of all: nothing of ours may stand where the service manager says that its sockets are.
    let activated: ActivatedSocket?
    do throws(ServiceFailure) { activated = try ActivatedSocket.inherit(socketName: layout.names.socket) } catch {
      throw CommandFailure(error)
    }
    let isQuiet = context.screen.isQuiet
    let log: LogLines
    do throws(Errno) { log = try LogLines(prefix: "sluice serve", given: context.screen.given) } catch {
      throw CommandFailure(.failed, "cannot start: \(error)")
    }
    defer { log.finish() }
    if let notice = SealNotice.text(layout, of: channel) { log.add(notice) }
    do throws(ServiceFailure) {
      let server = try Server(
        channel: channel, layout: layout,
        options: Server.Options(
          phase: phase, channelFile: path, source: source, takesOver: context.line.flag("takeover"),
          activated: activated
        ) { text in
          if !isQuiet { log.add(text) }
        })
      try? log.start()
      let guardian = TrialGuardian(channel: channel, layout: layout) { log.add($0) }
      try server.run {
        // A server of --phase is no migration's.
        if phase == nil { guardian.start() }
        StandardStream.output.write("ready\n")
      }
    } catch { throw CommandFailure(error) }
    return .done
  }

  /// The channel file with what the environment and the flags say instead, at start and at every reload.
  private static func source(_ context: CommandContext, _ path: String) throws(CommandFailure) -> ChannelSource {
    let allowsAnyone = context.line.flag("allow-anyone")
    var mode: FileMode?
    if let text = context.line.value("mode") {
      do throws(TextProblem) { mode = try FileMode(parsing: text) } catch {
        throw CommandFailure(.usage, "--mode \(text): \(error)")
      }
    }
    return ChannelSource(path: path) { [mode] file throws(ServiceFailure) in
      var channel: ChannelFile
      do throws(EnvironmentError) { channel = try file.overridden(by: Process.environment) } catch {
        throw ServiceFailure(.badConfiguration, error.description)
      }
      if allowsAnyone { channel.socket.allowAnyone = true }
      if let mode {
        channel.socket.mode = mode
        if let problem = channel.contradictions.first {
          throw ServiceFailure(.usage, "--mode \(mode): \(problem.text)")
        }
      }
      return channel
    }
  }
}
