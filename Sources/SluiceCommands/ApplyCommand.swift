internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// `sluice apply` and `sluice rollback`
enum ApplyCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    try move(context, verb: "apply") { current in Phase(rawValue: min(current.rawValue + 1, Phase.socket.rawValue)) }
  }

  /// Moves to the phase that was named, or to the one that `neighbour` gives.
  static func move(
    _ context: CommandContext, verb: String, neighbour: (Phase) -> Phase?
  ) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    let current: Phase
    let target: Phase
    do throws(MigrationFailure) {
      current = try engine.currentPhase()
      target = MigrationContext.target(context) ?? neighbour(current) ?? current
    } catch { throw MigrationContext.failure(error) }
    try RetireCommand.refuse(verb, from: current, to: target, context)
    guard target != current else {
      finish(context, verb, current, "at \(current.name) already: nothing to do")
      return .done
    }
    guard (target > current) == (verb == "apply") else {
      let other = verb == "apply" ? "rollback" : "apply"
      throw CommandFailure(
        .usage, "the channel is at \(current.name); to go to \(target.name): sluice \(other) --to \(target.name)")
    }
    try MigrationContext.confirm(context, "\(verb) from \(current.name) to \(target.name)?")
    do throws(MigrationFailure) { try engine.run(to: target, verb: verb) } catch {
      throw MigrationContext.failure(error)
    }
    finish(context, verb, target, "at \(context.screen.style.green(target.name)); see: sluice status")
    return .done
  }

  private static func finish(_ context: CommandContext, _ verb: String, _ phase: Phase, _ text: String) {
    guard context.screen.isJSON else { return context.screen.print(text) }
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verb", verb)
    json.member("phase", phase.name)
    json.endObject()
    context.screen.print(json: json.bytes)
  }
}
