internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// `sluice plan`
enum PlanCommand {
  static func run(_ context: CommandContext) throws(CommandFailure) -> ExitCode {
    let engine = try MigrationContext.engine(context)
    let phases: [PlannedPhase]
    let current: Phase
    do throws(MigrationFailure) {
      current = try engine.currentPhase()
      let next = Phase(rawValue: min(current.rawValue + 1, Phase.socket.rawValue)) ?? .socket
      phases = try engine.plan(to: MigrationContext.target(context) ?? next)
    } catch { throw MigrationContext.failure(error) }
    if context.screen.isJSON {
      context.screen.print(json: json(current, phases))
    } else {
      show(current, phases, context)
    }
    return !phases.isEmpty && context.line.flag("exit-code") ? .changesPending : .done
  }

  private static func show(_ current: Phase, _ phases: [PlannedPhase], _ context: CommandContext) {
    let style = context.screen.style
    guard let last = phases.last else {
      context.screen.print("at \(current.name) already: nothing to do")
      return
    }
    var text = "from \(style.bold(current.name)) to \(style.bold(last.target.name))\n"
    for phase in phases {
      text += "\n\(phase.manifest.id)  \(TerminalText.safe(phase.manifest.title))\n"
      var table = TextTable(
        columns: [
          TextColumn("", .right), TextColumn("STEP"), TextColumn("NOW"), TextColumn("WHAT"), TextColumn("UNDO"),
        ])
      for (index, step) in phase.steps.enumerated() {
        table.add([
          "\(index + 1)", "\(step.step.verb)", now(step.probe), "\(step.description)", TextCell(step.undo, .dim),
        ])
      }
      text += table.text(width: context.screen.width, style: style)
    }
    let verb = last.isUp ? "apply" : "rollback"
    text += "\nnothing was changed; to do it: sluice \(verb) --to \(last.target.name)\n"
    context.screen.print(text)
  }

  private static func now(_ probe: ProbeResult) -> TextCell {
    switch probe {
    case .absent: TextCell("to do", .yellow)
    case .partial(let what): TextCell(what, .yellow)
    case .present: TextCell("is so", .green)
    case .foreign(let what): TextCell(what, .red)
    }
  }

  private static func json(_ current: Phase, _ phases: [PlannedPhase]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("phase", current.name)
    json.beginArray("phases")
    for phase in phases {
      json.beginObject()
      json.member("migration", phase.manifest.id)
      json.member("target", phase.target.name)
      json.beginArray("steps")
      for step in phase.steps {
        json.beginObject()
        json.member("verb", step.step.verb)
        json.member("description", step.description)
        json.member("undo", step.undo)
        switch step.probe {
        case .absent: json.member("now", "absent")
        case .present: json.member("now", "present")
        case .partial(let what):
          json.member("now", "partial")
          json.member("detail", what)
        case .foreign(let what):
          json.member("now", "foreign")
          json.member("detail", what)
        }
        json.endObject()
      }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }
}
