internal import SluiceCommandLine
internal import SluiceSystem

/// The program: reads its words, runs a command, and ends with its exit code.
public enum SluiceProgram {
  static let version = "0.1.0"

  /// Runs and gives the exit status.
  public static func main(_ words: [String]) -> Int32 {
    SignalReceiver.ignoreHarmless()
    let outcome: CommandLineOutcome
    do throws(CommandLineProblem) { outcome = try Grammar.sluice.parse(words) } catch {
      StandardStream.error.write(error.text + "\n")
      return error.exitCode.rawValue
    }
    switch outcome {
    case .version:
      StandardStream.output.write("sluice \(version)\n")
      return 0
    case .help(let path):
      let width = StandardStream.output.width ?? 80
      StandardStream.output.write(HelpScreen(Grammar.sluice, width: width).text(for: path))
      return 0
    case .run(let line):
      do throws(CommandFailure) { return try run(CommandContext(line)).rawValue } catch {
        for text in error.text.split(separator: "\n", omittingEmptySubsequences: false) {
          StandardStream.error.write("sluice: \(text)\n")
        }
        return error.code.rawValue
      }
    }
  }

  /// Ends the process.
  public static func exit(_ status: Int32) -> Never { Process.exit(status) }

  private static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    switch context.line.path {
    case ["init"]: try InitCommand.run(context)
    case ["plan"]: try PlanCommand.run(context)
    case ["apply"]: try ApplyCommand.run(context)
    case ["rollback"]: try RollbackCommand.run(context)
    case ["status"]: try StatusCommand.run(context)
    case ["verify"]: try VerifyCommand.run(context)
    case ["history"]: try HistoryCommand.run(context)
    case ["serve"]: try ServeCommand.run(context)
    case ["relay"]: try RelayCommand.run(context)
    case ["send"]: try SendCommand.run(context)
    case ["audit", "show"]: try AuditCommand.show(context)
    case ["audit", "verify"]: try AuditCommand.verify(context)
    case ["policy", "test"]: try PolicyCommand.test(context)
    case ["policy", "check"]: try PolicyCommand.check(context)
    case ["completions"]: try CompletionsCommand.run(context)
    default: throw CommandFailure(.usage, "name a command; see: sluice help")
    }
  }
}
