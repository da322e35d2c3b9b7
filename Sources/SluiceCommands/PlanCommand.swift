internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration

/// `sluice plan`
enum PlanCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    let (channel, layout, _) = try context.channel()
    let phases: [PlannedPhase]
    let drift: [Engine.Drift]
    let current: Phase
    do throws(MigrationFailure) {
      current = try engine.currentPhase()
      let next = Phase(rawValue: min(current.rawValue + 1, Phase.socket.rawValue)) ?? .socket
      phases = try engine.plan(to: MigrationContext.target(context) ?? next)
      drift = try engine.drift()
    } catch { throw MigrationContext.failure(error) }
    // Who may not ask the server can plan all the same.
    let status = try? StatusReport.read(channel, layout)
    let screen = PlanScreen(
      current: current, phases: phases, drift: drift, undo: UndoCost(phases, current, status, context.screen.given),
      given: context.screen.given)
    if context.screen.isJSON {
      context.screen.print(json: screen.json)
    } else {
      context.screen.print(screen.text(width: context.screen.width, style: context.screen.style))
    }
    return !phases.isEmpty && context.line.flag("exit-code") ? .changesPending : .done
  }
}
