internal import SluiceChannel
internal import SluiceMigration
internal import SluiceScan
internal import SluiceSystem
internal import SluiceCommandLine

/// The scripts, crontabs and units that name the legacy path, as `scan --scripts` finds them.
enum CallerScan {
  static func found(_ context: CommandContext) throws(CommandFailure) -> [FoundCaller] {
    let (channel, layout, _) = try context.channel()
    var plan = ScanPlan()
    let root = try context.root() ?? ""
    plan.root = root == "/" ? "" : root
    let user = channel.user.flatMap { Accounts.user($0.rawValue)?.uid } ?? Process.effectiveUser
    plan.add(layout, user: user, group: nil)
    for path in context.line.values("scripts") {
      plan.scriptDirectories.append(plan.root + (try context.absolute(path)))
    }
    let report = FileRights.asRoot { Scan.run(plan) }
    for limit in report.limits where limit.hasPrefix("scripts") { context.screen.say("not looked at: \(limit)") }
    // Those that only read or delete are no writers.
    return report.scripts.filter { [.writes, .appends, .moves, .names].contains($0.use) }.map { script in
      FoundCaller(
        path: script.path, line: script.mentions.first?.line ?? 1,
        runs: script.schedules.map { FoundCaller.Run(when: $0.when, source: $0.source, period: period($0)) })
    }
  }

  private static func period(_ schedule: Schedule) -> QuietWindow.Scheduled.Period {
    switch schedule.period {
    case .atMost(let time): .atMost(time)
    case .atStart: .atStart
    case .unreadable: .unreadable
    }
  }
}
