internal import SluiceCommandLine
enum RollbackCommand { static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode { .done } }
