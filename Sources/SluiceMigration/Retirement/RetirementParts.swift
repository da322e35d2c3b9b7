internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// The parts of a certificate, as JSON, each kept when it is known.
enum RetirementParts {
  /// What opened the gate: by name of the part.
  static func evidence(_ report: ClientReport) -> [(String, [UInt8])] {
    [
      ("quietWindow", quiet(report)),
      (
        "waivers",
        array(report.waivers) { waiver, json in
          json.member("caller", waiver.caller)
          json.member("reason", waiver.reason)
          json.member("uid", waiver.uid)
          json.member("at", time(waiver.at))
        }
      ),
      ("clients", array(report.list.clients) { client, json in self.client(client, &json) }),
      (
        "gaps",
        array(report.evidence.gaps) { gap, json in
          json.member("from", time(gap.from))
          json.member("to", time(gap.to))
          json.member("reason", gap.reason)
        }
      ),
    ]
  }

  private static func quiet(_ report: ClientReport) -> [UInt8] {
    object { json in
      json.member("required", report.window.required)
      json.member("minimum", report.evidence.minimum)
      if let demandedBy = report.window.demandedBy { json.member("demandedBy", demandedBy) }
      json.member("quiet", report.window.quiet)
      if let since = report.window.since { json.member("since", time(since)) }
      if let since = report.evidence.watchedSince { json.member("watchedSince", time(since)) }
      if case .open(let since) = report.window.standing { json.member("openSince", time(since)) }
      json.member("asked", time(report.evidence.now))
    }
  }

  private static func client(_ client: ClientList.Client, _ json: inout JSONWriter) {
    json.member("state", client.state.rawValue)
    if let seen = client.seen {
      json.member("route", seen.route)
      if let uid = seen.uid { json.member("uid", uid) }
      if let program = seen.program { json.member("program", program) }
      json.member("first", time(seen.first))
      json.member("last", time(seen.last))
      json.member("count", seen.count)
    }
    json.beginArray("scripts")
    for script in client.scripts { json.element(script.path) }
    json.endArray()
    json.beginArray("schedules")
    for run in client.scripts.flatMap(\.runs) { json.element(run.text) }
    json.endArray()
  }

  static func seal(_ layout: ChannelLayout, _ kind: Seal.Kind, _ trials: [Seal.Trial], isAccepted: Bool) -> [UInt8] {
    object { json in
      json.member("path", layout.legacyInput)
      json.member("kind", kind.rawValue)
      json.member("weak", trials.contains(where: \.wentThrough))
      json.member("weakAccepted", isAccepted)
      json.beginArray("tried")
      for trial in trials {
        json.beginObject()
        json.member("style", trial.style)
        json.member("uid", Int64(trial.uid))
        json.member("refused", !trial.wentThrough)
        if let refusal = trial.refusal { json.member("error", refusal) }
        json.endObject()
      }
      json.endArray()
      json.beginArray("notSealed")
      json.element(layout.legacyBad)
      json.endArray()
      json.member("notSealedReason", "clients read it and sluice wrote it: nothing that lies there was ever a message")
    }
  }

  static func route(_ kind: TransportKind, _ text: String, isClosed: Bool) -> [UInt8] {
    object { json in
      json.member("route", kind.rawValue)
      json.member("closed", isClosed)
      json.member("reason", text)
    }
  }

  static func object(_ body: (inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    body(&json)
    json.endObject()
    return json.bytes
  }

  static func array<Element>(_ elements: [Element], _ body: (Element, inout JSONWriter) -> Void) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for element in elements {
      json.beginObject()
      body(element, &json)
      json.endObject()
    }
    json.endArray()
    return json.bytes
  }

  static func time(_ nanoseconds: Int64) -> String { Timestamp(nanoseconds: nanoseconds).description }
}
