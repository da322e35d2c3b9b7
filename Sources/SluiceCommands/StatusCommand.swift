internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceSystem

/// `sluice status`
enum StatusCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channelAsItsUser()
    if context.line.flag("watch") { return try StatusWatch(context, channel, layout).run() }
    guard context.line.value("interval") == nil else { throw CommandFailure(.usage, "--interval goes with --watch") }
    let report = try StatusReport.read(channel, layout, given: context.screen.given)
    if context.screen.isJSON {
      context.screen.print(json: report.json)
    } else {
      context.screen.print(
        StatusScreen(report: report, style: context.screen.style, width: context.screen.width).text(now: Clock.realtime)
      )
    }
    return context.line.flag("exit-code") && report.phase < .socket ? .changesPending : .done
  }
}
