internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceScan
internal import SluiceSystem

/// `sluice scan`
enum ScanCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let line = context.line
    let threshold = line.value("fail-on").flatMap { Severity(rawValue: $0) } ?? .high
    var plan = ScanPlan()
    let root = try context.root() ?? ""
    plan.root = root == "/" ? "" : root
    var limits: [String] = []
    let name = try channel(context, &plan, &limits)
    for path in line.values("path") { plan.legacyPaths.append(plan.root + (try context.absolute(path))) }
    for path in line.values("scripts") { plan.scriptDirectories.append(plan.root + (try context.absolute(path))) }
    var report = Scan.run(plan)
    report.limits = limits + report.limits
    let next = context.screen.given.completing(next(report, channel: name))
    if context.screen.isJSON {
      context.screen.print(json: ScanJSON.text(report, threshold: threshold, next: next, context.screen.given))
    } else {
      context.screen.print(ScanScreen(report, context.screen).text(next: next))
    }
    return report.findings.contains { $0.rule.severity >= threshold } ? .failed : .done
  }

  /// Adds the channel's paths. Without a word about a channel, having none is no failure: the host can be scanned.
  private static func channel(
    _ context: CommandContext, _ plan: inout ScanPlan, _ limits: inout [String]
  ) throws(CommandFailure) -> ChannelName? {
    let named = try context.channelName()
    let isNamed = context.line.value("config") != nil || named != nil
    let channel: ChannelFile
    let layout: ChannelLayout
    do throws(CommandFailure) { (channel, layout, _) = try context.channel() } catch {
      if isNamed { throw error }
      limits.append("no channel, so no legacy paths but those of --path: \(error.text)")
      return nil
    }
    // Not as the services do: whoever may read the channel file may scan.
    let user = channel.user.flatMap { Accounts.user($0.rawValue)?.uid } ?? Process.effectiveUser
    let group = channel.access == .group ? channel.group.flatMap { Accounts.group($0.rawValue) } : nil
    plan.add(layout, user: user, group: group)
    return channel.name
  }

  private static func next(_ report: ScanReport, channel: ChannelName?) -> String {
    guard let channel else { return "sluice init --channel NAME" }
    if report.scripts.isEmpty, report.filesRead == 0 { return "sluice scan --channel \(channel) --scripts DIR" }
    return "sluice plan --channel \(channel)"
  }
}
