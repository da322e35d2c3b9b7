internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceStore
internal import SluiceSystem

/// `sluice clients`
enum ClientsCommand {
  static let mostDays = 62

  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    guard let days = Int(context.line.value("days") ?? "7"), (1...mostDays).contains(days) else {
      throw CommandFailure(.usage, "--days takes a number from 1 to \(mostDays)")
    }
    let engine = try MigrationContext.engine(context)
    let found = try CallerScan.found(context)
    let report: ClientReport
    do throws(MigrationFailure) { report = try engine.clients(found: found) } catch {
      throw MigrationContext.failure(error)
    }
    if context.screen.isJSON {
      context.screen.print(json: ClientsJSON.text(report, days: days, context.screen.given))
    } else {
      context.screen.print(text(report, days: days, context))
    }
    return .done
  }

  private static func text(_ report: ClientReport, days: Int, _ context: CommandContext) -> String {
    let now = report.evidence.now
    let style = context.screen.style
    var table = TextTable(columns: [
      TextColumn("CALLER"), TextColumn("UID", .right), TextColumn("ROUTE"), TextColumn("FIRST"), TextColumn("LAST"),
      TextColumn("\(days)D", .right), TextColumn("BY DAY"), TextColumn("ALL", .right), TextColumn("SCHEDULE"),
      TextColumn("STATE"),
    ])
    for client in report.list.clients {
      let schedule = client.scripts.flatMap(\.runs).map(\.text).joined(separator: ", ")
      let state = TextCell(client.state.rawValue, tint(client.state))
      guard let seen = client.seen else {
        let path = client.scripts.first.map { "\($0.path):\($0.line)" } ?? ""
        table.add(["\(path)", "", "(never)", "", "-", "0", "", "0", "\(schedule.isEmpty ? "-" : schedule)", state])
        continue
      }
      let counts = counts(seen, days: days, now: now)
      table.add([
        "\(caller(seen))", "\(seen.uid.map { "\($0)" } ?? "-")", "\(seen.route)", "\(day(seen.first))",
        "\(QuietWindow.ago(seen.last, now))", "\(counts.reduce(0, +))",
        TextCell(counts.map { "\($0)" }.joined(separator: " "), .dim), "\(seen.count)",
        "\(schedule.isEmpty ? "-" : schedule)", state,
      ])
    }
    var text =
      report.list.clients.isEmpty
      ? "nobody was seen yet, and no script was found\n"
      : table.text(
        width: context.screen.width, style: style, canStack: true)
    text += "\n" + RetirementText.quiet(report, style, context.screen)
    if context.line.values("scripts").isEmpty {
      text += context.screen.wrapped(
        "\nonly crontabs, timers and units were looked through for callers; others: sluice clients --scripts DIR\n")
    }
    return text + context.screen.wrapped("\nnext: \(next(report))\n")
  }

  static func caller(_ seen: Caller) -> String {
    guard let uid = seen.uid else {
      return seen.route == TransportKind.fileDrop.rawValue
        ? "unknown writer" : "nobody knows (\(seen.route) names no writer)"
    }
    return seen.program ?? Engine.userName(uid) ?? "uid \(uid)"
  }

  /// Messages of the last days, today's first, in UTC.
  static func counts(_ seen: Caller, days: Int, now: Int64) -> [Int64] {
    (0..<days).map { ago in
      let name = day(now - Int64(ago) * 86_400_000_000_000)
      return seen.days.first { $0.day == name }?.count ?? 0
    }
  }

  static func day(_ time: Int64) -> String { String(Timestamp(nanoseconds: time).description.prefix(10)) }

  private static func tint(_ state: ClientList.State) -> Style.Tint {
    switch state {
    case .moved: .green
    case .toMove: .red
    case .quiet, .unseen: .yellow
    }
  }

  private static func next(_ report: ClientReport) -> String {
    if report.phase == .retired { return "sluice retire --show" }
    if report.phase < .socket { return "sluice plan" }
    if case .open = report.window.standing { return "sluice retire" }
    return "sluice clients"
  }
}
