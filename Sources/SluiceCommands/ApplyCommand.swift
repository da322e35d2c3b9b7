internal import SluiceCommandLine
enum ApplyCommand { static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode { .done } }
