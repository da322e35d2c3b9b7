internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// `sluice confirm`
enum ConfirmCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context, needsFiles: false)
    let phase: String
    do throws(MigrationFailure) { phase = try engine.confirm().name } catch { throw MigrationContext.failure(error) }
    guard context.screen.isJSON else {
      context.screen.print("confirmed: the channel stays at \(context.screen.style.green(phase))")
      return .done
    }
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verb", "confirm")
    json.member("phase", phase)
    json.endObject()
    context.screen.print(json: json.bytes)
    return .done
  }
}
