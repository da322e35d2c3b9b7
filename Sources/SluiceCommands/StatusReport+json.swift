internal import SluiceChannel
internal import SluiceServer
internal import SluiceStore
internal import SluiceWire
internal import SluiceSystem

extension StatusReport {
  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("channel", channel.name.rawValue)
    json.member("phase", phase.name)
    json.member("running", server != nil)
    if let silence = silence { json.member("silence", silence) }
    if let trial { TrialText.append(trial, to: &json) }
    if let unfinished {
      json.beginObject("openRun")
      json.member("run", unfinished.number)
      json.member("verb", unfinished.verb)
      json.member("from", Phase(rawValue: unfinished.source)?.name ?? "")
      json.member("to", Phase(rawValue: unfinished.target)?.name ?? "")
      json.member("state", holder == nil ? "interrupted" : "running")
      if let holder { json.member("pid", Int64(holder.pid)) }
      json.endObject()
    }
    if let server = server {
      json.member("pid", server.pid)
      json.member("connections", server.connections)
      json.member("inFlight", server.inFlight)
      json.member("relayConnected", server.isRelayConnected)
      json.member("relayHolding", server.isRelayHolding)
      json.member("relayPending", server.relayPending)
      if let sandbox = server.sandbox { json.member("sandbox", sandbox) }
      json.beginArray("limits")
      for entry in server.limits { entry.append(to: &json) }
      json.endArray()
      if let trouble = server.trouble { json.member("trouble", trouble) }
    }
    json.beginArray("routes")
    for kind in TransportKind.allCases {
      let entry = routes[kind.rawValue] ?? LedgerEntry(route: kind.rawValue, generation: 0)
      json.beginObject()
      json.member("route", kind.rawValue)
      json.member("open", server?.transports.contains(kind) ?? false)
      json.member("primary", kind == phase.primaryTransport)
      entry.append(countsTo: &json)
      json.endObject()
    }
    json.endArray()
    relay.append(to: &json)
    json.member("next", next)
    json.endObject()
    return json.bytes
  }
}
