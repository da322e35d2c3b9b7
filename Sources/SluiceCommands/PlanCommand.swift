internal import SluiceCommandLine
enum PlanCommand { static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode { .done } }
