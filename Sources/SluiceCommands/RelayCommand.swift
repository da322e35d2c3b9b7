internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceRelay
internal import SluiceSystem
internal import SluiceTransports

/// `sluice relay`
enum RelayCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, path) = try context.channel()
    if context.line.flag("check") { return try check(channel, layout, path, context.screen) }
    let isQuiet = context.screen.isQuiet
    let log: LogLines
    do throws(Errno) { log = try LogLines(prefix: "sluice relay", given: context.screen.given) } catch {
      throw CommandFailure(.failed, "cannot start: \(error)")
    }
    defer { log.finish() }
    if let notice = SealNotice.text(layout, of: channel) { log.add(notice) }
    do throws(ServiceFailure) {
      let relay = try Relay(channel: channel, layout: layout, channelFile: path) { text in if !isQuiet { log.add(text) }
      }
      try? log.start()
      try relay.run { StandardStream.output.write("ready\n") }
    } catch { throw CommandFailure(error) }
    return .done
  }
}
