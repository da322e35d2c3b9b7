internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem

/// A status as a screen.
struct StatusScreen {
  let report: StatusReport
  let style: Style
  let width: Int?

  func text(now: Int64) -> String {
    var text = facts(now).text(width: width, style: style)
    text += "\n" + table.text(width: width, style: style, canStack: true)
    text += report.relay.text(width: width, style: style)
    for entry in report.server?.limits.prefix(5) ?? [] {
      text += "\nlimit   \(TerminalText.safe(entry.limit)): \(entry.count) times"
      if let uid = entry.uid { text += ", uid \(uid)" }
    }
    if report.server?.limits.isEmpty == false { text += "\n" }
    for notice in report.server?.notices.suffix(3) ?? [] { text += "\nnotice  \(TerminalText.safe(notice))" }
    if report.server?.notices.isEmpty == false { text += "\n" }
    return text + "\nnext: \(report.next)\n"
  }

  private func facts(_ now: Int64) -> KeyValueBlock {
    var facts = KeyValueBlock()
    facts.add("channel", "\(report.channel.name)")
    let since = report.since.map { ", for \(Self.age(now - $0))" } ?? ""
    facts.add("phase", TextCell("\(report.phase.rawValue) \(report.phase.name)\(since)", .bold))
    if let trial = report.trial {
      facts.add("trial", TextCell(report.given.completing(TrialText.line(trial)), .yellow))
    }
    if let server = report.server {
      facts.add(
        "server", "process \(server.pid), \(server.connections) connections, \(server.inFlight) calls in flight")
      facts.add(
        "relay",
        server.isRelayConnected
          ? "\(server.isRelayHolding ? "leaves drops in place" : "takes drops"), \(server.relayPending) on their way"
          : TextCell("not connected", .yellow))
      if let sandbox = server.sandbox { facts.add("sandbox", "\(sandbox)") }
      if let trouble = server.trouble { facts.add("trouble", TextCell(report.given.completing(trouble), .red)) }
    } else {
      facts.add(
        "server",
        TextCell(report.silence.map { "does not answer: \(report.given.completing($0))" } ?? "not running", .red))
    }
    if let seal = report.seal { facts.add("seal", TextCell(report.given.completing(seal), .red)) }
    if let wait = report.waitsFor { facts.add("waits for", TextCell(wait, .yellow)) }
    return facts
  }

  private var table: TextTable {
    var table = TextTable(columns: [
      TextColumn("ROUTE"), TextColumn("STATE"), TextColumn("ACCEPTED", .right), TextColumn("HANDLED", .right),
      TextColumn("FAILED", .right), TextColumn("REJECTED", .right), TextColumn("QUARANTINED", .right),
    ])
    for kind in TransportKind.allCases {
      let entry = report.routes[kind.rawValue] ?? LedgerEntry(route: kind.rawValue, generation: 0)
      table.add([
        "\(kind.rawValue)", state(of: kind), "\(entry.accepted)", "\(entry.handled)", "\(entry.failed)",
        "\(entry.rejected)", "\(entry.quarantined)",
      ])
    }
    return table
  }

  private func state(of kind: TransportKind) -> TextCell {
    if kind == report.phase.primaryTransport { return TextCell("primary", .green) }
    guard let server = report.server else { return TextCell("-", .dim) }
    if kind == .fileDrop { return server.isRelayConnected && !server.isRelayHolding ? "relayed" : TextCell("-", .dim) }
    return server.transports.contains(kind) ? "open" : TextCell("-", .dim)
  }

  /// `3 d`, `6 h 12 m`, `40 s`
  static func age(_ nanoseconds: Int64) -> String {
    let seconds = max(0, nanoseconds) / 1_000_000_000
    switch seconds {
    case ..<60: return "\(seconds) s"
    case ..<3600: return "\(seconds / 60) m"
    case ..<86_400: return "\(seconds / 3600) h \(seconds / 60 % 60) m"
    default: return "\(seconds / 86_400) d"
    }
  }
}
