internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceWire

/// A rehearsal as a screen and as JSON.
struct RehearsalReport {
  let legs: [Rehearsal.Leg]
  let account: RehearsalAccount
  let handler: String
  let nanoseconds: Int64
  /// Where it was, if that is kept.
  let root: String?

  private var rows: [(String, Int)] {
    [
      ("written", account.written), ("overwritten by another writer before a reader saw it", account.overwritten),
      ("read by the old server", account.oldServer), ("accepted", account.accepted), ("handled", account.handled),
      ("kept aside, mixed by writers", account.keptAside), ("handled, mixed by writers", account.mixed),
      ("handled twice", account.twice), ("lost after acceptance", account.lost),
    ]
  }

  func text(width: Int?, style: Style) -> String {
    var table = TextTable(columns: [
      TextColumn("STEP"), TextColumn("WHAT", canWrap: true), TextColumn("TOOK", .right), TextColumn("KILLED", .right),
    ])
    for leg in legs {
      table.add([
        TextCell(leg.verb, .bold), TextCell("\(leg.from.name) -> \(leg.to.name)", .bold),
        "\(CanaryCensus.milliseconds(leg.nanoseconds))", leg.kills > 0 ? "\(leg.kills)" : "",
      ])
      for step in leg.steps {
        table.add(["  \(step.verb)", "\(step.description)", "\(CanaryCensus.milliseconds(step.nanoseconds))"])
      }
    }
    var text = table.text(width: width, style: style, canStack: true) + "\n"
    var counts = TextTable(columns: [TextColumn("", canWrap: true), TextColumn("", .right)], showsHeader: false)
    for (name, count) in rows { counts.add(["\(name)", "\(count)"]) }
    text += counts.text(width: width, style: style) + "\n"
    for problem in account.problems { text += style.red("failed: ") + TerminalText.safe(problem) + "\n" }
    if account.problems.isEmpty { text += style.green("the account balances") + "\n" }
    return text + "handler: \(handler); took \(ProgressLine.seconds(nanoseconds))\n"
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("result", account.problems.isEmpty ? "balanced" : "violated")
    json.member("handler", handler)
    json.member("seconds", nanoseconds / 1_000_000_000)
    json.beginArray("steps")
    for leg in legs {
      for step in leg.steps {
        json.beginObject()
        json.member("run", "\(leg.verb) \(leg.from.name) \(leg.to.name)")
        json.member("verb", step.verb)
        json.member("description", step.description)
        json.member("micros", step.nanoseconds / 1000)
        json.member("kills", leg.kills)
        json.endObject()
      }
    }
    json.endArray()
    json.beginObject("account")
    json.member("written", account.written)
    json.member("overwritten", account.overwritten)
    json.member("oldServer", account.oldServer)
    json.member("accepted", account.accepted)
    json.member("handled", account.handled)
    json.member("keptAside", account.keptAside)
    json.member("mixed", account.mixed)
    json.member("twice", account.twice)
    json.member("lost", account.lost)
    json.endObject()
    json.beginArray("problems")
    for problem in account.problems { json.element(problem) }
    json.endArray()
    if let root { json.member("root", root) }
    json.endObject()
    return json.bytes
  }
}
