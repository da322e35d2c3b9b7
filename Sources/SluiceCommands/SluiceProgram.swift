internal import SluiceCommandLine
internal import SluiceSystem
internal import SluiceServer

/// The program: reads its words, runs a command, and ends with its exit code.
public enum SluiceProgram {
  static let version = "0.1.0"

  /// Runs and gives the exit status.
  public static func main(_ words: [String]) -> Int32 {
    Process.holdStandardStreams()
    SignalReceiver.ignoreHarmless()
    let outcome: CommandLineOutcome
    do throws(CommandLineProblem) { outcome = try Grammar.sluice.parse(words) } catch {
      StandardStream.error.write(error.text + "\n")
      return error.exitCode.rawValue
    }
    do throws(CommandFailure) { return try perform(outcome).rawValue } catch {
      for text in error.text.split(separator: "\n", omittingEmptySubsequences: false) {
        StandardStream.error.write(
          TextWrapping.lines("sluice: \(text)", width: StandardStream.error.width) + "\n")
      }
      return error.code.rawValue
    }
  }

  private static func perform(_ outcome: CommandLineOutcome) throws(CommandFailure) -> ExitCode {
    let fault = OutputFault()
    switch outcome {
    case .version: fault.note(StandardStream.output.write("sluice \(version)\n"))
    case .help(let path):
      let width = StandardStream.output.width ?? 80
      fault.note(StandardStream.output.write(HelpScreen(Grammar.sluice, width: width).text(for: path)))
    case .run(let line):
      let context = CommandContext(line)
      let code: ExitCode
      do throws(CommandFailure) { code = try run(context) } catch {
        throw CommandFailure(error.code, context.screen.given.completing(error.text))
      }
      try context.screen.outputFault.check()
      return code
    }
    try fault.check()
    return .done
  }

  /// Ends the process.
  public static func exit(_ status: Int32) -> Never { Process.exit(status) }

  private static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    switch context.line.path {
    case ["init"]: try InitCommand.run(context)
    case ["scan"]: try ScanCommand.run(context)
    case ["preflight"]: try PreflightCommand.run(context)
    case ["lint"]: try LintCommand.run(context)
    case ["plan"]: try PlanCommand.run(context)
    case ["apply"]: try ApplyCommand.run(context)
    case ["confirm"]: try ConfirmCommand.run(context)
    case ["rollback"]: try RollbackCommand.run(context)
    case ["status"]: try StatusCommand.run(context)
    case ["verify"]: try VerifyCommand.run(context)
    case ["attest"]: try AttestCommand.run(context)
    case ["clients"]: try ClientsCommand.run(context)
    case ["retire"]: try RetireCommand.run(context)
    case ["rehearse"]: try RehearseCommand.run(context)
    case ["history"]: try HistoryCommand.run(context)
    case ["serve"]: try ServeCommand.run(context)
    case ["relay"]: try RelayCommand.run(context)
    case ["send"]: try SendCommand.run(context)
    case ["connect"]: try ConnectCommand.run(context)
    case ["audit", "tail"]: try AuditTailCommand.run(context)
    case ["audit", "show"]: try AuditCommand.show(context)
    case ["audit", "verify"]: try AuditCommand.verify(context)
    case ["quarantine", "list"]: try QuarantineCommand.list(context)
    case ["quarantine", "show"]: try QuarantineCommand.show(context)
    case ["quarantine", "retry"]: try QuarantineCommand.order(.retry, context)
    case ["quarantine", "drop"]: try QuarantineCommand.order(.drop, context)
    case ["policy", "test"]: try PolicyCommand.test(context)
    case ["policy", "check"]: try PolicyCommand.check(context)
    case ["completions"]: try CompletionsCommand.run(context)
    default: throw CommandFailure(.usage, "name a command; see: sluice help")
    }
  }
}
