internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// `sluice audit show` and `sluice audit verify`
enum AuditCommand {
  static func show(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (_, layout, _) = try context.channel()
    let path = path(context, layout)
    let file = try open(path, layout)
    let id = context.line.value("id").map { "\"id\":\"\($0)" }
    let event = context.line.value("event").map { "\"event\":\"\($0)\"" }
    let last = context.line.value("last").flatMap(Int.init)
    var kept: [String] = []
    do throws(Errno) {
      try AuditVerifier.forEachLine(file) { line in
        guard AuditLine.sequence(line) != nil else { return true }
        let text = String(decoding: line, as: UTF8.self)
        // Records are written by us with fixed spelling, so the text says what the field says.
        guard id.map({ text.contains($0) }) ?? true, event.map({ text.contains($0) }) ?? true else { return true }
        if let last {
          kept.append(text)
          if kept.count > last { kept.removeFirst() }
        } else {
          context.screen.print(text)
        }
        return true
      }
    } catch { throw CommandFailure(.failed, "cannot read the log: \(error)") }
    for text in kept { context.screen.print(text) }
    return .done
  }

  static func verify(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (_, layout, _) = try context.channel()
    let path = path(context, layout)
    let file = try open(path, layout)
    let report: AuditVerifier.Report
    do throws(Errno) { report = try AuditVerifier.verify(file) } catch {
      throw CommandFailure(.failed, "cannot read \(path): \(error)")
    }
    if context.screen.isJSON {
      var json = JSONWriter()
      json.beginObject()
      json.member("format", 1)
      json.member("path", path)
      json.member("records", report.records)
      json.member("seals", report.seals)
      json.member("unsealed", report.unsealed)
      json.member("verdict", report.fault == nil ? "intact" : "violated")
      if let fault = report.fault { json.member("fault", fault) }
      json.endObject()
      context.screen.print(json: json.bytes)
    } else if let fault = report.fault {
      context.screen.print("\(context.screen.style.red("violated")): \(path): \(fault)")
    } else {
      let tail = report.unsealed == 0 ? "" : ", \(report.unsealed) behind the last seal"
      context.screen.print(
        "\(context.screen.style.green("intact")): \(path): \(report.records) records under \(report.seals) seals\(tail)"
      )
    }
    return report.fault == nil ? .done : .violated
  }

  private static func path(_ context: CommandContext, _ layout: ChannelLayout) -> String {
    context.line.flag("relay") ? layout.relayLog : layout.auditLog
  }

  private static func open(_ path: String, _ layout: ChannelLayout) throws(CommandFailure) -> OwnedDescriptor {
    do throws(Errno) {
      return try Directory.open(layout.logDirectory).open(String(path.dropFirst(layout.logDirectory.count + 1)), .read)
    } catch {
      switch error {
      case .noSuchFile: throw CommandFailure(.failed, "\(path) does not exist: nothing was recorded yet")
      case .permissionDenied: throw CommandFailure(.notPermitted, "not permitted to read \(path)")
      default: throw CommandFailure(.failed, "cannot read \(path): \(error)")
      }
    }
  }
}
