internal import SluiceChannel
internal import SluiceMigration
internal import SluiceSystem
internal import SluiceWire
internal import SluiceStore

/// What `sluice clients --json` writes: format 1. Times are ISO 8601 in UTC, lengths of time are nanoseconds.
enum ClientsJSON {
  static func text(_ report: ClientReport, days: Int, _ given: GivenOptions) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("phase", report.phase.name)
    json.beginArray("clients")
    for client in report.list.clients { write(client, report.evidence.now, days, &json) }
    json.endArray()
    json.beginObject("quietWindow")
    write(report.window, given, &json)
    json.endObject()
    json.beginArray("waivers")
    for waiver in report.waivers {
      json.beginObject()
      json.member("caller", waiver.caller)
      json.member("reason", waiver.reason)
      json.member("uid", waiver.uid)
      json.member("at", time(waiver.at))
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  static func write(_ window: QuietWindow, _ given: GivenOptions, _ json: inout JSONWriter) {
    json.member("required", window.required)
    if let demandedBy = window.demandedBy { json.member("demandedBy", demandedBy) }
    json.member("quiet", window.quiet)
    if let since = window.since { json.member("since", time(since)) }
    switch window.standing {
    case .open(let since):
      json.member("open", true)
      json.member("openSince", time(since))
    case .notYet(let reasons):
      json.member("open", false)
      json.beginArray("reasons")
      for reason in reasons {
        json.beginObject()
        if let caller = reason.caller { json.member("caller", caller) }
        json.member("text", given.completing(reason.text))
        if let opens = reason.opens { json.member("opens", time(opens)) }
        json.endObject()
      }
      json.endArray()
    }
  }

  private static func write(_ client: ClientList.Client, _ now: Int64, _ days: Int, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("state", client.state.rawValue)
    if let seen = client.seen {
      json.member("route", seen.route)
      if let uid = seen.uid {
        json.member("uid", uid)
        if let user = Engine.userName(uid) { json.member("user", user) }
      }
      if let program = seen.program { json.member("program", program) }
      json.member("first", time(seen.first))
      json.member("last", time(seen.last))
      json.member("count", seen.count)
      json.beginObject("days")
      for (ago, count) in ClientsCommand.counts(seen, days: days, now: now).enumerated() where count > 0 {
        json.member(named: ClientsCommand.day(now - Int64(ago) * 86_400_000_000_000), count)
      }
      json.endObject()
    }
    json.beginArray("scripts")
    for script in client.scripts {
      json.beginObject()
      json.member("path", script.path)
      json.member("line", script.line)
      json.beginArray("schedules")
      for run in script.runs {
        json.beginObject()
        json.member("when", run.when)
        json.member("source", run.source)
        if case .atMost(let period) = run.period { json.member("longest", period) }
        json.endObject()
      }
      json.endArray()
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private static func time(_ nanoseconds: Int64) -> String { Timestamp(nanoseconds: nanoseconds).description }
}
