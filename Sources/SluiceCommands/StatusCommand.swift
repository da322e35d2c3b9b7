internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// `sluice status`
enum StatusCommand {
  private struct Report {
    var channel: ChannelFile
    var phase = Phase.fileDrop
    var server: ServerStatus?
    /// Why a server that runs did not say how it is.
    var silence: String?
    var routes: [String: LedgerEntry] = [:]
    var unfinished: Run?
    /// An apply that waits to be confirmed.
    var trial: Trial?
    var relay = RelayReport()

    var next: String {
      if silence != nil { return "sluice status" }
      if server == nil { return "sluice serve --channel \(channel.name)" }
      if let unfinished {
        return "sluice \(unfinished.verb) --to \(Phase(rawValue: unfinished.target)?.name ?? "") (an interrupted run)"
      }
      if trial != nil { return "sluice confirm" }
      if server?.isRelayConnected != true { return "sluice relay --channel \(channel.name)" }
      guard phase < .socket, let later = Phase(rawValue: phase.rawValue + 1) else { return "sluice verify" }
      return "sluice plan --to \(later.name)"
    }
  }

  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (channel, layout, _) = try context.channel()
    let report = try read(channel, layout)
    if context.screen.isJSON { context.screen.print(json: json(report)) } else { show(report, layout, context) }
    return context.line.flag("exit-code") && report.phase < .socket ? .changesPending : .done
  }

  private static func read(_ channel: ChannelFile, _ layout: ChannelLayout) throws(CommandFailure) -> Report {
    var report = Report(channel: channel)
    do throws(TransportFailure) {
      report.server = try ControlClient(
        layout: layout, trust: ServerTrust(channel), patience: 2_000_000_000
      ).status()
    } catch {
      if error.kind == .notPermitted { throw CommandFailure(.notPermitted, error.text) }
      if error.kind != .notRunning { report.silence = error.text }
    }
    do throws(StoreFailure) {
      guard let state = try State.reading(path: layout.database) else { return report }
      report.phase = Phase(rawValue: try state.phase()) ?? .fileDrop
      for entry in try state.ledger() {
        report.routes[entry.route, default: LedgerEntry(route: entry.route, generation: 0)].add(entry)
      }
      report.relay = try RelayReport(state, layout)
      report.trial = try state.trial()
      report.unfinished = try state.runs(limit: 1).first { $0.result == nil }
    } catch { throw CommandFailure(.failed, error.description) }
    return report
  }

  private static func show(_ report: Report, _ layout: ChannelLayout, _ context: CommandContext) {
    let style = context.screen.style
    var facts = KeyValueBlock()
    facts.add("channel", "\(report.channel.name)")
    facts.add("phase", TextCell("\(report.phase.rawValue) \(report.phase.name)", .bold))
    if let trial = report.trial { facts.add("trial", TextCell(TrialText.line(trial), .yellow)) }
    if let server = report.server {
      facts.add(
        "server", "process \(server.pid), \(server.connections) connections, \(server.inFlight) calls in flight")
      facts.add(
        "relay",
        server.isRelayConnected
          ? "\(server.isRelayHolding ? "leaves drops in place" : "takes drops"), \(server.relayPending) on their way"
          : TextCell("not connected", .yellow))
      if let sandbox = server.sandbox { facts.add("sandbox", "\(sandbox)") }
      if let trouble = server.trouble { facts.add("trouble", TextCell(trouble, .red)) }
    } else {
      facts.add("server", TextCell(report.silence.map { "does not answer: \($0)" } ?? "not running", .red))
    }
    var table = TextTable(columns: [
      TextColumn("ROUTE"), TextColumn("STATE"), TextColumn("ACCEPTED", .right), TextColumn("HANDLED", .right),
      TextColumn("FAILED", .right), TextColumn("REJECTED", .right), TextColumn("QUARANTINED", .right),
    ])
    for kind in TransportKind.allCases {
      let entry = report.routes[kind.rawValue] ?? LedgerEntry(route: kind.rawValue, generation: 0)
      table.add([
        "\(kind.rawValue)", state(of: kind, report), "\(entry.accepted)", "\(entry.handled)", "\(entry.failed)",
        "\(entry.rejected)", "\(entry.quarantined)",
      ])
    }
    var text = facts.text(width: context.screen.width, style: style)
    text += "\n" + table.text(width: context.screen.width, style: style)
    text += report.relay.text(width: context.screen.width, style: style)
    for entry in report.server?.limits.prefix(5) ?? [] {
      text += "\nlimit   \(TerminalText.safe(entry.limit)): \(entry.count) times"
      if let uid = entry.uid { text += ", uid \(uid)" }
    }
    if report.server?.limits.isEmpty == false { text += "\n" }
    for notice in report.server?.notices.suffix(3) ?? [] { text += "\nnotice  \(TerminalText.safe(notice))" }
    if report.server?.notices.isEmpty == false { text += "\n" }
    text += "\nnext: \(report.next)\n"
    context.screen.print(text)
  }

  private static func state(of kind: TransportKind, _ report: Report) -> TextCell {
    if kind == report.phase.primaryTransport { return TextCell("primary", .green) }
    guard let server = report.server else { return TextCell("-", .dim) }
    if kind == .fileDrop { return server.isRelayConnected && !server.isRelayHolding ? "relayed" : TextCell("-", .dim) }
    return server.transports.contains(kind) ? "open" : TextCell("-", .dim)
  }

  private static func json(_ report: Report) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("channel", report.channel.name.rawValue)
    json.member("phase", report.phase.name)
    json.member("running", report.server != nil)
    if let silence = report.silence { json.member("silence", silence) }
    if let trial = report.trial { TrialText.append(trial, to: &json) }
    if let server = report.server {
      json.member("pid", server.pid)
      json.member("connections", server.connections)
      json.member("inFlight", server.inFlight)
      json.member("relayConnected", server.isRelayConnected)
      json.member("relayHolding", server.isRelayHolding)
      json.member("relayPending", server.relayPending)
      if let sandbox = server.sandbox { json.member("sandbox", sandbox) }
      json.beginArray("limits")
      for entry in server.limits { entry.append(to: &json) }
      json.endArray()
      if let trouble = server.trouble { json.member("trouble", trouble) }
    }
    json.beginArray("routes")
    for kind in TransportKind.allCases {
      let entry = report.routes[kind.rawValue] ?? LedgerEntry(route: kind.rawValue, generation: 0)
      json.beginObject()
      json.member("route", kind.rawValue)
      json.member("open", report.server?.transports.contains(kind) ?? false)
      json.member("primary", kind == report.phase.primaryTransport)
      json.member("accepted", entry.accepted)
      json.member("handled", entry.handled)
      json.member("failed", entry.failed)
      json.member("rejected", entry.rejected)
      json.member("quarantined", entry.quarantined)
      json.endObject()
    }
    json.endArray()
    report.relay.append(to: &json)
    json.member("next", report.next)
    json.endObject()
    return json.bytes
  }
}
