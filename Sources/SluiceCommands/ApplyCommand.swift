internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// `sluice apply` and `sluice rollback`
enum ApplyCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    try move(context, .apply)
  }

  static func move(_ context: CommandContext, _ verb: MigrationRequest.Verb) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    let request = MigrationRequest(verb, to: MigrationContext.target(context))
    let current: Phase
    let interrupted: InterruptedRun?
    do throws(MigrationFailure) {
      current = try engine.currentPhase()
      interrupted = try engine.interrupted()
    } catch { throw MigrationContext.failure(error) }
    let target = request.target(from: current, after: interrupted)
    try RetireCommand.refuse(verb, from: current, to: target)
    switch request.aim(from: current, after: interrupted) {
    case .here:
      finish(context, verb, current, "at \(current.name) already: nothing to do")
      return .done
    case .otherWay:
      let other = verb == .apply ? "rollback" : "apply"
      throw CommandFailure(
        .usage, "the channel is at \(current.name); to go to \(target.name): sluice \(other) --to \(target.name)")
    case .there: break
    }
    let before = interrupted.map { "\($0.description); settle that and " } ?? ""
    try MigrationContext.confirm(context, "\(before)\(verb.rawValue) from \(current.name) to \(target.name)?")
    let reached: Phase
    do throws(MigrationFailure) { reached = try engine.run(request) } catch { throw MigrationContext.failure(error) }
    finish(context, verb, reached, "at \(context.screen.style.green(reached.name)); see: sluice status")
    return .done
  }

  private static func finish(_ context: CommandContext, _ verb: MigrationRequest.Verb, _ phase: Phase, _ text: String) {
    guard context.screen.isJSON else { return context.screen.print(text) }
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verb", verb.rawValue)
    json.member("phase", phase.name)
    json.endObject()
    context.screen.print(json: json.bytes)
  }
}
