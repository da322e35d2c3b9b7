internal import SluiceCommandLine
internal import SluiceMigration

/// `sluice rollback`
enum RollbackCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    try ApplyCommand.move(context, .rollback)
  }
}
