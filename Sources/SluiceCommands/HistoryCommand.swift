internal import SluiceCommandLine
enum HistoryCommand { static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode { .done } }
