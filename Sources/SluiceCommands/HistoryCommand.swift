internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// `sluice history`
enum HistoryCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let (_, layout, _) = try context.channelAsItsUser()
    guard let limit = Int(context.line.value("limit") ?? "20"), limit > 0 else {
      throw CommandFailure(.usage, "--limit takes a number from 1 on")
    }
    var runs: [(Run, [RunStep])] = []
    var holder: LockHolder?
    do throws(StoreFailure) {
      if let state = try State.reading(path: layout.database) {
        for run in try state.runs(limit: limit) {
          runs.append((run, context.line.flag("steps") ? try state.steps(ofRun: run.number) : []))
        }
        if runs.first?.0.result == nil { holder = MigrationLock.holder(layout) }
      }
    } catch { throw CommandFailure(error) }
    if context.screen.isJSON { context.screen.print(json: json(runs, holder)) } else { show(runs, holder, context) }
    return .done
  }

  private static func show(_ runs: [(Run, [RunStep])], _ holder: LockHolder?, _ context: CommandContext) {
    guard !runs.isEmpty else { return context.screen.print("nothing was run yet") }
    var table = TextTable(columns: [
      TextColumn("RUN", .right), TextColumn("WHEN", canShrink: false), TextColumn("WHAT"), TextColumn("BY"),
      TextColumn("TOOK", .right), TextColumn("RESULT", canWrap: true),
    ])
    for (run, steps) in runs {
      // Only the last one can be running.
      let isRunning = holder != nil && run.number == runs.first?.0.number
      let open = isRunning ? "running (pid \(holder?.pid ?? 0))" : "interrupted"
      let result = run.result ?? open
      let source = Phase(rawValue: run.source)?.name ?? ""
      let target = Phase(rawValue: run.target)?.name ?? ""
      table.add([
        "\(run.number)", "\(Self.time(run.started))", "\(run.verb) \(source) -> \(target)",
        "\(UInt32(exactly: run.uid).flatMap { Accounts.userName($0) } ?? String(run.uid))",
        "\(run.finished.map { "\(($0 - run.started) / 1_000_000) ms" } ?? "-")",
        TextCell(run.detail.map { "\(result): \($0)" } ?? result, result == "done" ? .green : .yellow),
      ])
      for step in steps {
        table.add(["", "", "  \(step.verb)", "", "", "\(step.result ?? open): \(step.description)"])
      }
    }
    context.screen.print(table.text(width: context.screen.width, style: context.screen.style, canStack: true))
  }

  private static func time(_ nanoseconds: Int64) -> String {
    String(Timestamp(nanoseconds: nanoseconds).description.prefix(19))
  }

  private static func json(_ runs: [(Run, [RunStep])], _ holder: LockHolder?) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.beginArray("runs")
    for (run, steps) in runs {
      json.beginObject()
      json.member("run", run.number)
      json.member("verb", run.verb)
      json.member("from", Phase(rawValue: run.source)?.name ?? "")
      json.member("to", Phase(rawValue: run.target)?.name ?? "")
      json.member("uid", run.uid)
      json.member("started", Timestamp(nanoseconds: run.started).description)
      if let finished = run.finished { json.member("finished", Timestamp(nanoseconds: finished).description) }
      let open = holder != nil && run.number == runs.first?.0.number ? "running" : "interrupted"
      json.member("result", run.result ?? open)
      if let detail = run.detail { json.member("detail", detail) }
      if !steps.isEmpty {
        json.beginArray("steps")
        for step in steps {
          json.beginObject()
          json.member("verb", step.verb)
          json.member("description", step.description)
          json.member("result", step.result ?? open)
          json.endObject()
        }
        json.endArray()
      }
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
