package import SluiceChannel
package import SluiceWire

/// What a running server says of itself: the answer to `status`, format 1.
package struct ServerStatus: Equatable, Sendable {
  /// Counts since this process began.
  package struct Route: Equatable, Sendable {
    package var kind: TransportKind
    package var accepted: Int64
    package var handled: Int64
    package var failed: Int64
    package var rejected: Int64
    package var quarantined: Int64
  }
  /// How often a user ran into a limit since this process began.
  package struct LimitCount: Equatable, Sendable {
    package var limit: String
    /// nil for nobody in particular.
    package var uid: Int64?
    package var count: Int64
  }
  package var channel = ""
  package var pid: Int64 = 0
  package var phase = 0
  package var generation: Int64 = 0
  package var isDraining = false
  package var transports: [TransportKind] = []
  /// Closed ones that still settle what they took, or that writers have open.
  package var closing: [TransportKind] = []
  package var connections = 0
  package var inFlight = 0
  package var isRelayConnected = false
  package var isRelayHolding = false
  package var relayPending = 0
  /// It brings what is pending back to the legacy paths.
  package var isRelayReturning = false
  package var routes: [Route] = []
  package var limits: [LimitCount] = []
  package var trouble: String?
  /// What the server has given up, in words.
  package var sandbox: String?
  package var notices: [String] = []

  package init() {}

  var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("channel", channel)
    json.member("pid", pid)
    json.member("phase", phase)
    json.member("generation", generation)
    json.member("draining", isDraining)
    json.beginArray("transports")
    for kind in transports { json.element(kind.rawValue) }
    json.endArray()
    json.beginArray("closing")
    for kind in closing { json.element(kind.rawValue) }
    json.endArray()
    json.member("connections", connections)
    json.member("inFlight", inFlight)
    json.beginObject("relay")
    json.member("connected", isRelayConnected)
    json.member("holding", isRelayHolding)
    json.member("pending", relayPending)
    json.member("returning", isRelayReturning)
    json.endObject()
    json.beginArray("routes")
    for route in routes {
      json.beginObject()
      json.member("route", route.kind.rawValue)
      route.append(countsTo: &json)
      json.endObject()
    }
    json.endArray()
    json.beginArray("limits")
    for entry in limits { entry.append(to: &json) }
    json.endArray()
    if let trouble { json.member("trouble", trouble) }
    if let sandbox { json.member("sandbox", sandbox) }
    json.beginArray("notices")
    for notice in notices { json.element(notice) }
    json.endArray()
    json.endObject()
    return json.bytes
  }

  /// Reads what a server answered; nil where it is none.
  package init?(json bytes: [UInt8]) {
    guard let value = try? JSON5.parse(bytes), case .object(let object) = value.kind else { return nil }
    func number(_ key: String, in object: JSON5Object) -> Int64? {
      guard case .number(let number)? = object[key]?.kind else { return nil }
      return number.integer
    }
    func text(_ key: String) -> String? {
      guard case .string(let text)? = object[key]?.kind else { return nil }
      return text
    }
    func strings(_ key: String) -> [String] {
      guard case .array(let list)? = object[key]?.kind else { return [] }
      return list.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
    }
    guard number("format", in: object) == 1, let channel = text("channel"), let phase = number("phase", in: object)
    else {
      return nil
    }
    self.channel = channel
    self.phase = Int(phase)
    pid = number("pid", in: object) ?? 0
    generation = number("generation", in: object) ?? 0
    isDraining = object["draining"]?.kind == .boolean(true)
    transports = strings("transports").compactMap(TransportKind.init(rawValue:))
    closing = strings("closing").compactMap(TransportKind.init(rawValue:))
    connections = Int(number("connections", in: object) ?? 0)
    inFlight = Int(number("inFlight", in: object) ?? 0)
    trouble = text("trouble")
    sandbox = text("sandbox")
    notices = strings("notices")
    if case .object(let relay)? = object["relay"]?.kind {
      isRelayConnected = relay["connected"]?.kind == .boolean(true)
      isRelayHolding = relay["holding"]?.kind == .boolean(true)
      relayPending = Int(number("pending", in: relay) ?? 0)
      isRelayReturning = relay["returning"]?.kind == .boolean(true)
    }
    if case .array(let list)? = object["limits"]?.kind {
      for case .object(let entry) in list.map(\.kind) {
        guard case .string(let name)? = entry["limit"]?.kind else { continue }
        limits.append(LimitCount(limit: name, uid: number("uid", in: entry), count: number("count", in: entry) ?? 0))
      }
    }
    if case .array(let list)? = object["routes"]?.kind {
      for case .object(let route) in list.map(\.kind) {
        guard case .string(let name)? = route["route"]?.kind, let kind = TransportKind(rawValue: name) else { continue }
        routes.append(
          Route(
            kind: kind, accepted: number("accepted", in: route) ?? 0, handled: number("handled", in: route) ?? 0,
            failed: number("failed", in: route) ?? 0, rejected: number("rejected", in: route) ?? 0,
            quarantined: number("quarantined", in: route) ?? 0))
      }
    }
  }
}

extension ServerStatus.LimitCount {
  package func append(to json: inout JSONWriter) {
    json.beginObject()
    json.member("limit", limit)
    if let uid { json.member("uid", uid) }
    json.member("count", count)
    json.endObject()
  }
}
