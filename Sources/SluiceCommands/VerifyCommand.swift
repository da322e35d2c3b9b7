internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// `sluice verify`
enum VerifyCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    let result: Verification
    do throws(MigrationFailure) { result = try engine.verify() } catch { throw MigrationContext.failure(error) }
    if context.screen.isJSON { context.screen.print(json: json(result)) } else { show(result, context) }
    return switch result.verdict {
    case .proven: .done
    case .unproven: .gateNotMet
    case .drift: .drift
    case .violated: .violated
    }
  }

  private static func show(_ result: Verification, _ context: CommandContext) {
    var table = TextTable(columns: [TextColumn("SUBJECT"), TextColumn("VERDICT"), TextColumn("FINDING")])
    for line in result.lines {
      table.add(["\(line.subject)", TextCell(line.verdict.rawValue, tint(line.verdict)), "\(line.finding)"])
    }
    let style = context.screen.style
    context.screen.print(
      table.text(width: context.screen.width, style: style)
        + "\nverdict: \(style.apply(tint(result.verdict), to: result.verdict.rawValue))\n")
  }

  private static func tint(_ verdict: Verification.Verdict) -> Style.Tint {
    switch verdict {
    case .proven: .green
    case .unproven: .yellow
    case .drift, .violated: .red
    }
  }

  private static func json(_ result: Verification) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verdict", result.verdict.rawValue)
    json.beginArray("findings")
    for line in result.lines {
      json.beginObject()
      json.member("subject", line.subject)
      json.member("verdict", line.verdict.rawValue)
      json.member("finding", line.finding)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
