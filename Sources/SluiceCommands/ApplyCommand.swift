internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// `sluice apply` and `sluice rollback`
enum ApplyCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    var trial: Int64?
    if let text = context.line.value("trial") {
      do throws(TextProblem) { trial = try TimeSpan(parsing: text).nanoseconds } catch {
        throw CommandFailure(.usage, "--trial \(text): \(error)")
      }
      guard trial ?? 0 > 0 else { throw CommandFailure(.usage, "--trial \(text): must be longer than nothing") }
    }
    return try move(context, .apply, trial: trial)
  }

  static func move(
    _ context: CommandContext, _ verb: MigrationRequest.Verb, trial: Int64? = nil
  ) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context, needsFiles: verb == .apply)
    let request = MigrationRequest(verb, to: MigrationContext.target(context), trial: trial)
    let current: Phase
    let interrupted: InterruptedRun?
    do throws(MigrationFailure) {
      current = try engine.currentPhase()
      let open = try engine.openRun()
      if open?.holder != nil { throw engine.lockRefusal }
      interrupted = open?.run
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
    let next =
      trial.map { "rolled back after \(TimeSpan(nanoseconds: $0)) unless you run: sluice confirm" }
      ?? "see: sluice status"
    finish(context, verb, reached, "at \(reached.name); \(next)")
    return .done
  }

  private static func finish(_ context: CommandContext, _ verb: MigrationRequest.Verb, _ phase: Phase, _ text: String) {
    guard context.screen.isJSON else {
      let shown = context.screen.wrapped(text)
      let start = "at \(phase.name)"
      guard shown.hasPrefix(start) else { return context.screen.print(shown) }
      return context.screen.print("at \(context.screen.style.green(phase.name))\(shown.dropFirst(start.count))")
    }
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verb", verb.rawValue)
    json.member("phase", phase.name)
    json.endObject()
    context.screen.print(json: json.bytes)
  }
}
