internal import SluiceChannel
internal import SluiceCommandLine
internal import SluicePolicy
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// `sluice policy test` and `sluice policy check`
enum PolicyCommand {
  static func check(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (policy, path) = try policy(context)
    if context.screen.isJSON {
      var json = JSONWriter()
      json.beginObject()
      json.member("format", 1)
      json.member("path", path)
      json.member("rules", policy.rules.count)
      json.beginArray("warnings")
      for warning in policy.warnings { json.element(warning) }
      json.endArray()
      json.endObject()
      context.screen.print(json: json.bytes)
    } else {
      warn(context, policy)
      context.screen.print("\(path): \(policy.rules.count) rules, as they should be")
    }
    return .done
  }

  static func test(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let asked = try PolicyCase(context)
    let (policy, _) = try policy(context)
    let report = PolicyReport(policy, asked)
    if context.screen.isJSON {
      context.screen.print(json: report.json)
    } else {
      warn(context, policy)
      for line in report.lines(context.screen.style) { context.screen.print(line) }
    }
    return report.decision.verdict.isAllowed ? .done : .notPermitted
  }

  private static func warn(_ context: CommandContext, _ policy: Policy) {
    for warning in policy.warnings { context.screen.say("warning: \(warning)") }
  }

  /// The rules as a server would take them over.
  private static func policy(_ context: CommandContext) throws(CommandFailure) -> (Policy, String) {
    let (channel, _, path) = try context.channel()
    do throws(ServiceFailure) {
      let identity = try ChannelIdentity(channel)
      _ = try ChannelSource(path: path).read(trusting: identity.user)
      return (try ChannelPolicy.resolve(channel, identity), path)
    } catch { throw CommandFailure(error) }
  }
}
