internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports

/// `sluice serve`
enum ServeCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    var (channel, layout, path) = try context.channel()
    if context.line.flag("allow-anyone") { channel.socket.allowAnyone = true }
    if let text = context.line.value("mode") {
      do throws(TextProblem) { channel.socket.mode = try FileMode(parsing: text) } catch {
        throw CommandFailure(.usage, "--mode \(text): \(error)")
      }
      if let problem = channel.contradictions.first {
        throw CommandFailure(.usage, "--mode \(text): \(problem.text)")
      }
    }
    let phase = context.line.value("phase").flatMap { Phase($0) }
    if context.line.flag("check") {
      context.screen.say("\(path): as it should be")
      return .done
    }
    // First of all: nothing of ours may stand where the service manager says that its sockets are.
    let activated: ActivatedSocket?
    do throws(ServiceFailure) { activated = try ActivatedSocket.inherit(socketName: layout.names.socket) } catch {
      throw CommandFailure(error)
    }
    let isQuiet = context.screen.isQuiet
    let log: LogLines
    do throws(Errno) { log = try LogLines(prefix: "sluice serve") } catch {
      throw CommandFailure(.failed, "cannot start: \(error)")
    }
    defer { log.finish() }
    do throws(ServiceFailure) {
      let server = try Server(
        channel: channel, layout: layout,
        options: Server.Options(phase: phase, takesOver: context.line.flag("takeover"), activated: activated) { text in
          if !isQuiet { log.add(text) }
        })
      try? log.start()
      try server.run { StandardStream.output.write("ready\n") }
    } catch { throw CommandFailure(error) }
    return .done
  }
}
