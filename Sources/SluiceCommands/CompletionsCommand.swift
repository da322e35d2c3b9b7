internal import SluiceCommandLine

/// `sluice completions`
enum CompletionsCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    guard let shell = context.line.positional(0).flatMap(CompletionShell.init(rawValue:)) else {
      throw CommandFailure(.usage, "name a shell: bash, zsh or fish")
    }
    context.screen.print(Grammar.sluice.completions(for: shell))
    return .done
  }
}
