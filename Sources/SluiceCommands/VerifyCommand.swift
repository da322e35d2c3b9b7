internal import SluiceCommandLine
enum VerifyCommand { static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode { .done } }
