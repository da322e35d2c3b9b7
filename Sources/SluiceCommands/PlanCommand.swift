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
    let open: OpenRun?
    let given = MigrationContext.target(context)
    do throws(MigrationFailure) { current = try engine.currentPhase() } catch { throw MigrationContext.failure(error) }
    if let given, given != .retired { try RetireCommand.refuse(.rollback, from: current, to: given) }
    do throws(MigrationFailure) {
      open = try OpenRun(engine, from: current, to: given)
      let next = MigrationRequest(open?.verb ?? .apply).target(from: current, after: open?.run)
      // A retirement has a command of its own, and no way back.
      phases = current == .retired ? [] : try engine.plan(to: min(given ?? next, .socket), from: open?.start)
      drift = try engine.drift()
    } catch { throw MigrationContext.failure(error) }
    // Who may not ask the server can plan all the same.
    let status = try? StatusReport.read(channel, layout)
    let screen = PlanScreen(
      current: current, open: open, phases: phases, drift: drift,
      undo: UndoCost(phases, current, status, context.screen.given),
      given: context.screen.given)
    if context.screen.isJSON {
      context.screen.print(json: screen.json)
    } else {
      context.screen.print(screen.text(width: context.screen.width, style: context.screen.style))
    }
    return (!phases.isEmpty || open != nil) && context.line.flag("exit-code") ? .changesPending : .done
  }
}
