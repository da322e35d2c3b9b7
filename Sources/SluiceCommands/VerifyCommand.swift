internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceSystem

/// `sluice verify`
enum VerifyCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let scope = try scope(context)
    let engine = try MigrationContext.engine(context)
    let result: Verification
    let phase: Phase
    do throws(MigrationFailure) {
      phase = try engine.currentPhase()
      result = try engine.verify(scope)
    } catch { throw MigrationContext.failure(error) }
    let report = VerifyReport(
      result: result, next: context.screen.given.completing(next(result, phase)), given: context.screen.given)
    if context.screen.isJSON {
      context.screen.print(json: report.json)
    } else {
      context.screen.print(report.text(width: context.screen.width, style: context.screen.style))
    }
    return switch result.verdict {
    case .proven: .done
    case .unproven: .gateNotMet
    case .drift: .drift
    case .violated: .violated
    }
  }

  private static func scope(_ context: CommandContext) throws(CommandFailure) -> Engine.Scope {
    var scope = Engine.Scope()
    if let text = context.line.value("canaries") {
      guard let count = Int(text), (1...1000).contains(count) else {
        throw CommandFailure(.usage, "--canaries \(text): must be a number from 1 to 1000")
      }
      scope.canaries = count
    }
    if let text = context.line.value("since") {
      do throws(TextProblem) { scope.since = Clock.realtime - (try TimeSpan(parsing: text)).nanoseconds } catch {
        throw CommandFailure(.usage, "--since \(text): \(error)")
      }
    }
    return scope
  }

  private static func next(_ result: Verification, _ phase: Phase) -> String {
    switch result.verdict {
    case .violated:
      let named = result.lines.first { $0.verdict == .violated && !$0.ids.isEmpty }?.ids.first
      if let named { return "sluice audit show --id \(named)" }
      return result.lines.contains { $0.verdict == .violated && $0.section == .canaries }
        ? "sluice status" : "sluice audit verify"
    case .drift: return "put back what drifted, as named above, then: sluice verify"
    case .unproven:
      if result.lines.contains(where: { $0.verdict == .unproven && $0.subject == "server" }) {
        return result.lines.contains { $0.subject == "server" && $0.finding.hasPrefix("not running") }
          ? "sluice serve" : "sluice status"
      }
      if result.lines.contains(where: { $0.verdict == .unproven && $0.subject == "relay" }) { return "sluice relay" }
      if !result.gaps.isEmpty {
        return "sluice verify --since TIME, once there was a time without gaps that is long enough"
      }
      if result.lines.contains(where: { $0.verdict == .unproven && $0.subject == Engine.givenBack }) {
        return "sluice audit show --relay --event returned"
      }
      return "sluice verify"
    case .proven:
      guard phase < .socket, let later = Phase(rawValue: phase.rawValue + 1) else { return "sluice status" }
      return "sluice plan --to \(later.name)"
    }
  }
}
