internal import SluiceScan
internal import SluiceSystem
internal import SluiceWire

/// What `sluice scan --json` writes: format 1.
enum ScanJSON {
  static func text(_ report: ScanReport, threshold: Severity, next: String, _ given: GivenOptions) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("failOn", threshold.rawValue)
    json.beginObject("counts")
    for severity in Severity.allCases { json.member(named: severity.rawValue, Int64(report.count(severity))) }
    json.endObject()
    json.beginArray("findings")
    for finding in report.findings { write(finding, given, &json) }
    json.endArray()
    json.beginArray("legacyPaths")
    for path in report.legacy { write(path, &json) }
    json.endArray()
    json.beginArray("tcpListeners")
    for endpoint in report.tcp { write(endpoint, &json) }
    json.endArray()
    json.beginArray("unixSockets")
    for endpoint in report.unix { write(endpoint, &json) }
    json.endArray()
    json.beginArray("scripts")
    for script in report.scripts { write(script, &json) }
    json.endArray()
    json.member("processes", report.processes)
    json.member("filesRead", report.filesRead)
    json.beginArray("limits")
    for limit in report.limits { json.element(given.completing(limit)) }
    json.endArray()
    json.member("next", next)
    json.endObject()
    return json.bytes
  }

  private static func write(_ finding: Finding, _ given: GivenOptions, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("id", finding.rule.rawValue)
    json.member("severity", finding.rule.severity.rawValue)
    json.member("object", finding.object)
    json.member("seen", finding.seen)
    json.member("why", finding.rule.why)
    json.member("fix", given.completing(finding.fix))
    json.endObject()
  }

  private static func write(_ facts: PathFacts, _ json: inout JSONWriter) {
    json.member("path", facts.path)
    switch facts.found {
    case .absent: json.member("found", "absent")
    case .unreadable(let error):
      json.member("found", "unreadable")
      json.member("error", "\(error)")
    case .present(let status):
      json.member("found", status.kind.rawValue)
      json.member("mode", Octal.mode(status.mode))
      json.member("uid", Int64(status.uid))
      json.member("gid", Int64(status.gid))
      json.member("links", Int64(clamping: status.links))
    }
    if let verdict = facts.verdict { json.member("pathVerdict", verdict.description) }
    json.member("stickyDirectory", facts.isInStickyDirectory)
  }

  private static func write(_ path: LegacyPath, _ json: inout JSONWriter) {
    json.beginObject()
    write(path.facts, &json)
    write(path.holders, &json)
    json.endObject()
  }

  private static func write(_ endpoint: TCPEndpoint, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("address", endpoint.listener.address)
    json.member("port", Int64(endpoint.listener.port))
    json.member("loopback", endpoint.listener.isLoopback)
    json.member("uid", Int64(endpoint.listener.uid))
    write(endpoint.holders, &json)
    json.endObject()
  }

  private static func write(_ endpoint: UnixEndpoint, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("name", endpoint.listener.text)
    switch endpoint.listener.name {
    case .path: json.member("kind", "path")
    case .abstract: json.member("kind", "abstract")
    case .relative: json.member("kind", "relative")
    }
    json.member("datagram", endpoint.listener.isDatagram)
    if let facts = endpoint.facts { write(facts, &json) }
    write(endpoint.holders, &json)
    json.endObject()
  }

  private static func write(_ script: Script, _ json: inout JSONWriter) {
    json.beginObject()
    json.member("path", script.path)
    json.member("uid", Int64(script.uid))
    json.member("mode", Octal.mode(script.mode))
    json.member("use", script.use.rawValue)
    json.beginArray("lines")
    for mention in script.mentions {
      json.beginObject()
      json.member("line", mention.line)
      json.member("use", mention.use.rawValue)
      json.member("name", mention.name)
      json.member("text", mention.text)
      json.endObject()
    }
    json.endArray()
    json.beginArray("schedules")
    for schedule in script.schedules {
      json.beginObject()
      json.member("when", schedule.when)
      json.member("source", schedule.source)
      if let user = schedule.user { json.member("user", user) }
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  private static func write(_ holders: [Holder], _ json: inout JSONWriter) {
    json.beginArray("processes")
    for holder in holders {
      json.beginObject()
      json.member("pid", Int64(holder.pid))
      json.member("uid", Int64(holder.uid))
      json.member("program", holder.program)
      json.member("command", holder.command)
      json.endObject()
    }
    json.endArray()
  }
}
