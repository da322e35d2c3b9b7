internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// A plan as a screen and as JSON: first what has changed outside sluice, then what would be done, then what taking it
/// back would cost.
struct PlanScreen {
  let current: Phase
  /// A run that has not ended.
  let open: OpenRun?
  let phases: [PlannedPhase]
  let drift: [Engine.Drift]
  let undo: UndoCost?
  let given: GivenOptions

  func text(width: Int?, style: Style) -> String {
    var text = ""
    if !drift.isEmpty {
      text += style.bold("drift, changed outside sluice:") + "\n"
      var block = KeyValueBlock(indent: 2)
      for entry in drift { block.add(entry.path, TextCell(entry.text, .yellow)) }
      text += block.text(width: width, style: style) + "\n"
    }
    if let open {
      var block = KeyValueBlock()
      block.add(open.holder == nil ? "first" : "now", TextCell(given.completing(open.text), .yellow))
      text += block.text(width: width, style: style) + "\n"
    }
    guard let last = phases.last else {
      guard let open else { return text + "at \(current.name) already: nothing to do\n" }
      return text + "next  \(next(open, current))\n"
    }
    text += "from \(style.bold((open?.start ?? current).name)) to \(style.bold(last.target.name))\n"
    for phase in phases {
      var title = KeyValueBlock()
      // What is taken back goes by what was applied, without its title.
      title.add(phase.manifest.id, phase.manifest.title == phase.manifest.id ? "" : "\(phase.manifest.title)")
      text += "\n" + title.text(width: width, style: style)
      var table = TextTable(
        columns: [
          TextColumn("", .right), TextColumn("STEP"), TextColumn("NOW", canWrap: true),
          TextColumn("WHAT", canWrap: true),
          TextColumn("UNDO", canWrap: true),
        ])
      for (index, step) in phase.steps.enumerated() {
        table.add([
          "\(index + 1)", "\(step.step.verb)", Self.now(step.probe), "\(step.description)", TextCell(step.undo, .dim),
        ])
      }
      text += table.text(width: width, style: style, canStack: true)
    }
    let verb = last.isUp ? "apply" : "rollback"
    var end = KeyValueBlock()
    if let undo { end.add("undo", "\(undo.text)") }
    let command = given.completing("sluice \(verb) --to \(last.target.name)")
    end.add("next", open?.holder == nil ? "\(command)  (nothing was changed yet)" : "\(next(open, current))")
    return text + "\n" + end.text(width: width, style: style)
  }

  /// Where nothing else is to be done than to wait for a run, or to settle it.
  private func next(_ open: OpenRun?, _ current: Phase) -> String {
    guard let open, open.holder == nil else { return given.completing("sluice status --watch") }
    if case .refuse = open.recovery { return given.completing("sluice history --steps") }
    if open.verb == .retire { return given.completing("sluice retire") }
    let end = MigrationRequest(open.verb).target(from: current, after: open.run)
    return given.completing("sluice \(open.verb.rawValue) --to \(end.name)") + "  (nothing was changed yet)"
  }

  private static func now(_ probe: ProbeResult) -> TextCell {
    switch probe {
    case .absent: TextCell("to do", .yellow)
    case .partial(let what): TextCell(what, .yellow)
    case .present: TextCell("is so", .green)
    case .foreign(let what): TextCell(what, .red)
    }
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("phase", current.name)
    json.beginArray("drift")
    for entry in drift {
      json.beginObject()
      json.member("path", entry.path)
      json.member("text", entry.text)
      json.member("migration", entry.manifest)
      json.endObject()
    }
    json.endArray()
    if let open { open.append(to: &json) }
    json.beginArray("phases")
    for phase in phases {
      json.beginObject()
      json.member("migration", phase.manifest.id)
      json.member("target", phase.target.name)
      json.beginArray("steps")
      for step in phase.steps { Self.append(step, to: &json) }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    if let undo {
      json.beginObject("undo")
      json.member("command", undo.command)
      json.member("steps", undo.steps)
      json.member("messages", undo.messages)
      if let seconds = undo.seconds { json.member("seconds", seconds) }
      json.endObject()
    }
    json.endObject()
    return json.bytes
  }

  private static func append(_ step: PlannedStep, to json: inout JSONWriter) {
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
}
