internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceSystem
internal import SluiceTransports

/// `sluice connect`
enum ConnectCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    if let host = context.line.value("print-config").flatMap(HostKind.init(rawValue:)) {
      return try printSetting(of: host, context)
    }
    let target = try ConnectTarget(context)
    var settings = Bridge.Settings(greets: target.isChannel, connect: target.connect)
    settings.wait = try time("wait", context) ?? settings.wait
    settings.drain = try time("drain", context) ?? settings.drain
    let isQuiet = context.screen.isQuiet
    let ending: Bridge.Ending?
    do throws(Errno) {
      ending = try carry(settings) { if !isQuiet { tell($0) } }
    } catch { throw CommandFailure(.failed, "cannot carry the conversation: \(error)") }
    switch ending {
    case nil: throw CommandFailure(.usage, "standard output is closed: there is nobody to answer")
    case .done: return .done
    case .noServer(let failure): return end(.serviceNotRunning, failure.text)
    case .refused(let failure): return end(.notPermitted, failure.text)
    case .brokenProtocol(let text): return end(.protocolFault, text)
    }
  }

  /// Nil where there is no standard output.
  private static func carry(_ settings: Bridge.Settings, tell: @escaping (String) -> Void) throws(Errno)
    -> Bridge.Ending?
  {
    // Before anything else is opened: a descriptor that takes the number of a closed stream would be taken for it.
    let input = try StandardStream.input.duplicate()
    guard let output = try StandardStream.output.duplicate() else { return nil }
    return try Bridge(settings, input: input, output: output, tell: tell).run()
  }

  /// A host that does not read what we say must not keep us from ending.
  private static func end(_ code: ExitCode, _ text: String) -> ExitCode {
    tell(text)
    return code
  }

  private static func tell(_ text: String) {
    StandardStream.error.writeIfReady("sluice connect: \(TerminalText.safe(text))\n")
  }

  private static func time(_ option: String, _ context: CommandContext) throws(CommandFailure) -> Int64? {
    guard let text = context.line.value(option) else { return nil }
    do throws(TextProblem) {
      let span = try TimeSpan(parsing: text)
      // Sums with clock times stay far from their ends.
      return min(span, .days(7)).nanoseconds
    } catch {
      throw CommandFailure(.usage, "--\(option) \(text): \(error)")
    }
  }

  // MARK: Settings of hosts

  private static func printSetting(of host: HostKind, _ context: CommandContext) throws(CommandFailure) -> ExitCode {
    guard let program = Process.programPath else {
      throw CommandFailure(.failed, "cannot find this program's own path; is /proc mounted?")
    }
    let (name, arguments) = try ConnectTarget.words(context)
    context.screen.print(host.setting(name: name, command: program, arguments: arguments))
    context.screen.say("belongs into \(host.place)")
    return .done
  }
}
