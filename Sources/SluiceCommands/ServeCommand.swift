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
    let quiet = context.screen.isQuiet
    do throws(ServiceFailure) {
      let server = try Server(
        channel: channel, layout: layout,
        options: Server.Options(phase: phase) { text in
          if !quiet { StandardStream.error.write("sluice serve: \(TerminalText.safe(text))\n") }
        })
      try server.run { StandardStream.output.write("ready\n") }
    } catch { throw CommandFailure(error) }
    return .done
  }
}
