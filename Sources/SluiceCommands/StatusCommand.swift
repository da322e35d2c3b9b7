internal import SluiceCommandLine
enum StatusCommand { static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode { .done } }
