internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceRelay
internal import SluiceSystem
internal import SluiceTransports

/// `sluice relay`
enum RelayCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channel()
    let quiet = context.screen.isQuiet
    do throws(ServiceFailure) {
      let relay = try Relay(channel: channel, layout: layout) { text in
        if !quiet { StandardStream.error.write("sluice relay: \(TerminalText.safe(text))\n") }
      }
      try relay.run { StandardStream.output.write("ready\n") }
    } catch { throw CommandFailure(error) }
    return .done
  }
}
