internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// `sluice audit show` and `sluice audit verify`
enum AuditCommand {
  static func show(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (_, layout, _) = try context.channelAsItsUser()
    let path = path(context, layout)
    let files = try open(path, layout)
    let filter = RecordFilter(context.line)
    let last = try last(context)
    var kept: [String] = []
    do throws(Errno) {
      try files.forEachLine { line, _ in
        guard let text = filter.text(of: line) else { return true }
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
    let (_, layout, _) = try context.channelAsItsUser()
    let path = path(context, layout)
    let files = try open(path, layout)
    let report: AuditVerifier.Report
    do throws(Errno) { report = try files.verify() } catch {
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
      json.member("files", report.files)
      json.member("begins", files.start)
      json.member("verdict", report.fault == nil ? "intact" : "violated")
      if let fault = report.fault { json.member("fault", fault) }
      json.endObject()
      context.screen.print(json: json.bytes)
    } else if let fault = report.fault {
      context.screen.print("\(context.screen.style.red("violated")): \(path): \(fault)")
    } else {
      let tail = report.unsealed == 0 ? "" : ", \(report.unsealed) behind the last seal"
      let parts = report.files == 1 ? "" : " in \(report.files) files"
      let gone = files.start == 0 ? "" : "; \(files.start) bytes before them were let go of, on record"
      context.screen.print(
        "\(context.screen.style.green("intact")): \(path): \(report.records) records under \(report.seals) seals\(parts)"
          + "\(tail)\(gone)")
    }
    return report.fault == nil ? .done : .violated
  }

  static func last(_ context: CommandContext) throws(CommandFailure) -> Int? {
    guard let text = context.line.value("last") else { return nil }
    guard let count = Int(text), count > 0 else {
      throw CommandFailure(.usage, "--last \(text): must be a number from 1 on")
    }
    return count
  }

  static func path(_ context: CommandContext, _ layout: ChannelLayout) -> String {
    context.line.flag("relay") ? layout.relayLog : layout.auditLog
  }

  static func open(_ path: String, _ layout: ChannelLayout) throws(CommandFailure) -> AuditFiles {
    do throws(Errno) {
      return try AuditFiles(
        in: Directory.open(layout.logDirectory), name: String(path.dropFirst(layout.logDirectory.count + 1)))
    } catch {
      switch error {
      case .noSuchFile: throw CommandFailure(.failed, "\(path) does not exist: nothing was recorded yet")
      case .permissionDenied: throw CommandFailure(.notPermitted, "not permitted to read \(path)")
      default: throw CommandFailure(.failed, "cannot read \(path): \(error)")
      }
    }
  }
}
