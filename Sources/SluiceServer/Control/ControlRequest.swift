package import SluiceChannel
internal import SluiceWire

/// What an operator's command asks of a running server over `control.sock`, one JSON line each.
package enum ControlRequest: Equatable, Sendable {
  case status
  case open(TransportKind)
  case close(TransportKind, removingObjects: Bool)
  /// The phase is this now; the ledger begins that generation.
  case phase(Phase, generation: Int64)
  /// The relay is to leave drops in their slots, or to take them.
  case relay(holding: Bool)
  case expect(canaries: [String])
  case seen(canaries: [String])
  /// Another process is to go on with the channel; the answer carries a descriptor.
  case handover
  /// Handle these kept messages again, let go of them, or say how they stand.
  case quarantine(QuarantineOrder, ids: [String])

  /// The relay is to bring back to the legacy paths what no handler has seen.
  case giveBack
  /// What came to a transport after it was closed is taken in, and its objects are removed again.
  /// Names of objects that stay: those that were there before the transport was.
  case collect(TransportKind, keeping: [String])

  /// An operator takes responsibility for a caller of the legacy path that is to be retired.
  case waive(caller: String, reason: String)

  package enum QuarantineOrder: String, Sendable, CaseIterable { case retry, drop, ask }

  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    switch self {
    case .status: json.member("control", "status")
    case .open(let kind):
      json.member("control", "open")
      json.member("transport", kind.rawValue)
    case .close(let kind, let removing):
      json.member("control", "close")
      json.member("transport", kind.rawValue)
      json.member("remove", removing)
    case .phase(let phase, let generation):
      json.member("control", "phase")
      json.member("phase", phase.rawValue)
      json.member("generation", generation)
    case .relay(let holding):
      json.member("control", "relay")
      json.member("hold", holding)
    case .expect(let tokens): Self.list("expect", tokens, &json)
    case .seen(let tokens): Self.list("seen", tokens, &json)
    case .quarantine(let order, let ids):
      json.member("control", "quarantine")
      json.member("order", order.rawValue)
      json.beginArray("ids")
      for id in ids { json.element(id) }
      json.endArray()
    case .handover: json.member("control", "handover")
    case .waive(let caller, let reason):
      json.member("control", "waive")
      json.member("caller", caller)
      json.member("reason", reason)
    case .giveBack: json.member("control", "giveBack")
    case .collect(let kind, let kept):
      json.member("control", "collect")
      json.member("transport", kind.rawValue)
      json.beginArray("keep")
      for name in kept { json.element(name) }
      json.endArray()
    }
    json.endObject()
    return json.bytes
  }

  /// JSON text of an answer that says no.
  static func refusal(_ reason: String) -> String {
    var json = JSONWriter()
    json.beginObject()
    json.member("error", reason)
    json.endObject()
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private static func list(_ word: String, _ tokens: [String], _ json: inout JSONWriter) {
    json.member("control", word)
    json.beginArray("canaries")
    for token in tokens { json.element(token) }
    json.endArray()
  }

  package init?(json bytes: [UInt8]) {
    guard let value = try? JSON5.parse(bytes), case .object(let object) = value.kind,
      case .string(let word)? = object["control"]?.kind
    else { return nil }
    func kind() -> TransportKind? {
      guard case .string(let name)? = object["transport"]?.kind else { return nil }
      return TransportKind(rawValue: name)
    }
    func number(_ key: String) -> Int64? {
      guard case .number(let number)? = object[key]?.kind else { return nil }
      return number.integer
    }
    func flag(_ key: String) -> Bool { object[key]?.kind == .boolean(true) }
    func tokens(_ key: String = "canaries") -> [String] {
      guard case .array(let list)? = object[key]?.kind else { return [] }
      return list.compactMap { if case .string(let text) = $0.kind { text } else { nil } }
    }
    switch word {
    case "status": self = .status
    case "open":
      guard let kind = kind() else { return nil }
      self = .open(kind)
    case "close":
      guard let kind = kind() else { return nil }
      self = .close(kind, removingObjects: flag("remove"))
    case "phase":
      guard let phase = number("phase").flatMap({ Int(exactly: $0) }).flatMap(Phase.init(rawValue:)),
        let generation = number("generation")
      else { return nil }
      self = .phase(phase, generation: generation)
    case "relay": self = .relay(holding: flag("hold"))
    case "expect": self = .expect(canaries: tokens())
    case "seen": self = .seen(canaries: tokens())
    case "quarantine":
      guard case .string(let name)? = object["order"]?.kind, let order = QuarantineOrder(rawValue: name) else {
        return nil
      }
      self = .quarantine(order, ids: tokens("ids"))
    case "handover": self = .handover
    case "waive":
      guard case .string(let caller)? = object["caller"]?.kind, case .string(let reason)? = object["reason"]?.kind
      else {
        return nil
      }
      self = .waive(caller: caller, reason: reason)
    case "giveBack": self = .giveBack
    case "collect":
      guard let kind = kind() else { return nil }
      self = .collect(kind, keeping: tokens("keep"))
    default: return nil
    }
  }
}
