internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceRelay
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// A verification as a screen and as JSON.
struct VerifyReport {
  let result: Verification
  let next: String
  let given: GivenOptions

  func text(width: Int?, style: Style) -> String {
    var table = TextTable(columns: [
      TextColumn("", canShrink: false), TextColumn("", canShrink: false), TextColumn("SUBJECT", canWrap: true),
      TextColumn("FINDING", canWrap: true),
    ])
    for section in Verification.Section.allCases {
      var word = section.rawValue
      for line in result.lines where line.section == section {
        table.add([
          TextCell(word, .dim), Self.mark(line.verdict), "\(line.subject)", "\(given.completing(line.finding))",
        ])
        word = ""
      }
    }
    return table.text(width: width, style: style, canStack: true)
      + "\nverdict  \(style.apply(Self.tint(result.verdict), to: result.verdict.rawValue))\(why)\n"
      + "next     \(next)\n"
  }

  /// What keeps it from being better.
  private var why: String {
    guard result.verdict != .proven else { return "" }
    let count = result.lines.count { $0.verdict == result.verdict }
    let what =
      switch result.verdict {
      case .violated: count == 1 ? "1 contradiction" : "\(count) contradictions"
      case .drift: count == 1 ? "1 field is not as declared" : "\(count) fields are not as declared"
      default: count == 1 ? "1 thing could not be looked at" : "\(count) things could not be looked at"
      }
    return ": \(what)"
  }

  private static func mark(_ verdict: Verification.Verdict) -> TextCell {
    TextCell(verdict == .proven ? "ok" : verdict.rawValue, tint(verdict))
  }

  static func tint(_ verdict: Verification.Verdict) -> Style.Tint {
    switch verdict {
    case .proven: .green
    case .unproven: .yellow
    case .drift, .violated: .red
    }
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("verdict", result.verdict.rawValue)
    json.beginArray("findings")
    for line in result.lines {
      json.beginObject()
      json.member("section", line.section.rawValue)
      json.member("subject", line.subject)
      json.member("verdict", line.verdict.rawValue)
      json.member("finding", given.completing(line.finding))
      if !line.ids.isEmpty {
        json.beginArray("ids")
        for id in line.ids { json.element(id) }
        json.endArray()
      }
      json.endObject()
    }
    json.endArray()
    append(ledger: &json)
    append(witness: &json)
    append(canaries: &json)
    json.member("next", next)
    json.endObject()
    return json.bytes
  }

  private func append(ledger json: inout JSONWriter) {
    json.beginArray("ledger")
    for row in result.ledger {
      json.beginObject()
      json.member("route", row.route)
      json.member("generation", row.generation)
      row.append(countsTo: &json)
      json.member("canaries", row.canaries)
      json.member("balanced", row.pending == 0)
      json.endObject()
    }
    json.endArray()
  }

  private func append(witness json: inout JSONWriter) {
    json.beginArray("witness")
    for row in result.witnesses {
      json.beginObject()
      json.member("path", row.path)
      row.counts.append(countsTo: &json)
      json.member("delivered", row.delivered)
      json.member("quarantined", row.quarantined)
      json.endObject()
    }
    json.endArray()
    json.beginArray("gaps")
    for gap in result.gaps { gap.append(to: &json) }
    json.endArray()
  }

  private func append(canaries json: inout JSONWriter) {
    json.beginArray("canaries")
    for row in result.censuses {
      json.beginObject()
      json.member("route", row.route.rawValue)
      json.member("sent", row.sent)
      json.member("once", row.once)
      json.member("twice", row.twice)
      json.member("lost", row.missing)
      json.member("overwritten", row.overwritten)
      if let p99 = row.p99 { json.member("p99Micros", p99 / 1000) }
      json.endObject()
    }
    json.endArray()
  }
}
