internal import SluiceChannel
internal import SluiceCommandLine

/// `sluice rollback`
enum RollbackCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    try ApplyCommand.move(context, verb: "rollback") { current in Phase(rawValue: max(current.rawValue - 1, 0)) }
  }
}
