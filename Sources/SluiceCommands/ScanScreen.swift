internal import SluiceCommandLine
internal import SluiceScan
internal import SluiceSystem

/// What `sluice scan` shows to people: what is there, then what is wrong with it, worst first.
struct ScanScreen {
  private let report: ScanReport
  private let screen: Screen
  private var style: Style { screen.style }

  init(_ report: ScanReport, _ screen: Screen) {
    self.report = report
    self.screen = screen
  }

  func text(next: String) -> String {
    var text = ""
    if !screen.isQuiet { text += inventory }
    text += findings
    if !screen.isQuiet {
      for limit in report.limits {
        text += wrapped("note: \(TerminalText.safe(screen.given.completing(limit)))\n")
      }
      text += "\n"
    }
    let counts = Severity.allCases.reversed().map { "\(report.count($0)) \($0.rawValue)" }.joined(separator: ", ")
    text += "\(report.findings.count) findings: \(counts)\n"
    if !screen.isQuiet { text += wrapped("next: \(next)\n") }
    return text
  }

  private func wrapped(_ text: String) -> String { TextWrapping.lines(text, width: screen.width) }
  private func fits(_ length: Int) -> Bool { screen.width.map { length <= $0 } ?? true }

  private var inventory: String {
    var text = ""
    func add(_ table: TextTable) {
      if !table.rows.isEmpty { text += table.text(width: screen.width, style: style, canStack: true) + "\n" }
    }
    add(legacy)
    add(tcp)
    add(scripts)
    let unseen = report.unix.count { $0.findings.isEmpty }
    text += wrapped("\(report.unix.count) Unix sockets can be reached, \(unseen) of them without a finding\n\n")
    return text
  }

  private var legacy: TextTable {
    var table = TextTable(columns: [
      TextColumn("LEGACY PATH"), TextColumn("KIND"), TextColumn("MODE"), TextColumn("UID", .right),
      TextColumn("LINKS", .right), TextColumn("OPEN IN"),
    ])
    for path in report.legacy {
      let holders = TextCell(path.holders.map(\.summary).joined(separator: ", "))
      switch path.facts.found {
      case .absent: table.add([TextCell(path.facts.path), TextCell("absent", .dim)])
      case .unreadable(let error): table.add([TextCell(path.facts.path), TextCell("\(error)", .yellow)])
      case .present(let status):
        table.add([
          TextCell(path.facts.path), "\(status.kind.rawValue)", "\(Octal.mode(status.mode))", "\(status.uid)",
          "\(status.links)", holders,
        ])
      }
    }
    return table
  }

  private var tcp: TextTable {
    var table = TextTable(columns: [
      TextColumn("TCP LISTENER", canShrink: false), TextColumn("UID", .right), TextColumn("PROCESS"),
      TextColumn("COMMAND"),
    ])
    for endpoint in report.tcp {
      table.add([
        TextCell(endpoint.listener.text), "\(endpoint.listener.uid)", TextCell(endpoint.owner),
        TextCell(endpoint.holders.first?.command ?? ""),
      ])
    }
    return table
  }

  private var scripts: TextTable {
    var table = TextTable(columns: [
      TextColumn("SCRIPT"), TextColumn("LINE", .right), TextColumn("USE"), TextColumn("SCHEDULE"), TextColumn("TEXT"),
    ])
    for script in report.scripts {
      let when = script.schedules.map(\.when).joined(separator: ", ")
      for (index, mention) in script.mentions.enumerated() {
        table.add([
          TextCell(index == 0 ? script.path : ""), "\(mention.line)", "\(mention.use.rawValue)",
          TextCell(index == 0 ? when : ""), TextCell(mention.text, .dim),
        ])
      }
    }
    return table
  }

  /// Each rule once, with why it matters, and below it what it was found at.
  private var findings: String {
    var text = ""
    var previous: Rule?
    for finding in report.findings {
      if finding.rule != previous {
        let severity = style.apply(Self.tint(finding.rule.severity), to: finding.rule.severity.rawValue)
        text += "\(severity)  \(style.bold(finding.rule.rawValue))"
        let length = finding.rule.severity.rawValue.count + finding.rule.rawValue.count + finding.rule.why.count + 4
        text += fits(length) ? "  \(finding.rule.why)\n" : "\n" + wrapped("      \(finding.rule.why)\n")
        previous = finding.rule
      }
      let (object, seen) = (TerminalText.safe(finding.object), TerminalText.safe(finding.seen))
      text += "  \(object)"
      text +=
        fits(TerminalText.width(object) + TerminalText.width(seen) + 4)
        ? "  \(style.dim(seen))\n" : "\n" + style.dim(wrapped("    \(seen)")) + "\n"
      text += wrapped("    fix:  \(TerminalText.safe(screen.given.completing(finding.fix)))\n")
    }
    return text.isEmpty ? "" : text + "\n"
  }

  private static func tint(_ severity: Severity) -> Style.Tint? {
    switch severity {
    case .high: .red
    case .medium: .yellow
    case .low: nil
    case .info: .dim
    }
  }
}
