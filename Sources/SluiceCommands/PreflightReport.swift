internal import SluiceCommandLine
internal import SluiceScan
internal import SluiceTransports
internal import SluiceWire

/// What `sluice preflight` has seen, and what it advises.
struct PreflightReport {
  let seconds: Double
  let findings: [DropPlace.Finding]
  let paths: [(path: String, profile: CallerProfile)]
  let profile: CallerProfile
  let callers: [CallerWatch.Caller: Int]
  let means: CallerWatch.Means
  let elsewhere: Int
  let advice: IngressAdvice

  private static let mostShown = 20

  /// Most frequent first.
  private var sorted: [(caller: CallerWatch.Caller, count: Int)] {
    callers.map { ($0.key, $0.value) }.sorted {
      $0.1 != $1.1 ? $0.1 > $1.1 : ($0.0.uid, $0.0.program) < ($1.0.uid, $1.0.program)
    }
  }

  func text(_ screen: Screen) -> String {
    var block = KeyValueBlock()
    block.add("looked for", "\(Int64(seconds.rounded())) s")
    for (path, profile) in paths {
      let rate = (Double(profile.drops) / max(seconds, 0.001) * 10).rounded() / 10
      block.add(
        path,
        TextCell("\(profile.drops) drops, \(rate)/s, \(profile.overwritten) replaced unread, \(profile.taken) taken"))
    }
    if !profile.styles.isEmpty {
      block.add("style", TextCell(profile.styles.map { "\($0.name) \($0.count)" }.joined(separator: ", ")))
    }
    if !profile.users.isEmpty {
      let users = profile.users.sorted { $0.key < $1.key }.prefix(Self.mostShown)
      block.add("owners", TextCell(users.map { "uid \($0.key): \($0.value)" }.joined(separator: ", ")))
    }
    for (caller, count) in sorted.prefix(Self.mostShown) {
      let user = caller.uid == .max ? "" : " (uid \(caller.uid))"
      block.add("program", TextCell("\(TerminalText.safe(caller.program))\(user), seen \(count) times"))
    }
    block.add("named by", means == .events ? "fanotify" : "open files (short writers are missed)")
    var text = block.text(width: screen.width, style: screen.style)
    var found = KeyValueBlock()
    if elsewhere > 0 { found.add("note", "\(elsewhere) times a caller had other mounts than this command") }
    for finding in findings { found.add(finding.weight.rawValue, TextCell(screen.given.completing(finding.text))) }
    if !found.entries.isEmpty { text += "\n" + found.text(width: screen.width, style: screen.style) }
    text += TextWrapping.lines(
      "\nrecommended: legacy.consume \(advice.consume.rawValue), ingress \(advice.ingress.rawValue)\n",
      width: screen.width)
    var why = KeyValueBlock(indent: 2)
    for reason in advice.reasons { why.add("because", TextCell(reason)) }
    for limit in advice.limits { why.add("but", TextCell(limit)) }
    return text + why.text(width: screen.width, style: screen.style)
  }

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("milliseconds", Int64((seconds * 1000).rounded()))
    json.beginArray("paths")
    for (path, profile) in paths {
      json.beginObject()
      json.member("path", path)
      Self.write(profile, into: &json)
      json.endObject()
    }
    json.endArray()
    json.member("programsNamedBy", means.rawValue)
    json.beginArray("callers")
    for (caller, count) in sorted {
      json.beginObject()
      if caller.uid != .max { json.member("uid", Int64(caller.uid)) }
      json.member("program", caller.program)
      json.member("seen", count)
      json.endObject()
    }
    json.endArray()
    json.beginArray("findings")
    for finding in findings {
      json.beginObject()
      json.member("weight", finding.weight.rawValue)
      json.member("text", finding.text)
      json.endObject()
    }
    json.endArray()
    json.beginObject("recommended")
    json.member("consume", advice.consume.rawValue)
    json.member("ingress", advice.ingress.rawValue)
    json.beginArray("reasons")
    for reason in advice.reasons { json.element(reason) }
    json.endArray()
    json.beginArray("limits")
    for limit in advice.limits { json.element(limit) }
    json.endArray()
    json.endObject()
    json.endObject()
    return json.bytes
  }

  private static func write(_ profile: CallerProfile, into json: inout JSONWriter) {
    json.member("drops", profile.drops)
    json.member("renames", profile.renames)
    json.member("links", profile.links)
    json.member("appends", profile.appends)
    json.member("slow", profile.slow)
    json.member("empty", profile.empty)
    json.member("overwritten", profile.overwritten)
    json.member("collisions", profile.collisions)
    json.member("readBacks", profile.readBacks)
    json.member("touchedAfter", profile.touchedAfter)
    json.member("taken", profile.taken)
    json.member("longestWaitMilliseconds", profile.longestWait / 1_000_000)
    json.member("largest", Int64(clamping: profile.largest))
    json.member("gaps", profile.hasGaps)
    json.beginObject("owners")
    for (uid, count) in profile.users.sorted(by: { $0.key < $1.key }) { json.member(named: "\(uid)", Int64(count)) }
    json.endObject()
  }
}
