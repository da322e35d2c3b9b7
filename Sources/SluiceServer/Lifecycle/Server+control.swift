internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceStore
internal import SluicePolicy

/// What operators ask of a running server.
extension Server {
  func answer(_ request: ControlRequest, _ principal: Principal) -> [UInt8] {
    do throws(TransportFailure) {
      switch request {
      case .status:
        recorder.flushNow()
        return status().json
      case .open(let kind):
        try transports.open(kind)
        relayDesk?.remind()
        recordChange("transport-opened", "transport", kind.rawValue)
      case .close(let kind, let removing):
        if removing { try transports.openUnread(kind) }
        transports.close(kind, removingObjects: removing)
        recordChange("transport-closed", "transport", kind.rawValue)
      case .phase(let new, let number):
        // A process that was started in the middle of a migration has open what was recorded then.
        for kind in new.openTransports where !parts.givenUp.contains(kind) { try transports.open(kind) }
        if let desk = relayDesk, new != .retired, desk.isHoldWanted != new.leavesDrops {
          desk.want(hold: new.leavesDrops)
        }
        relayDesk?.remind()
        phase = new
        generation = number
        recorder.begin(generation: number)
        try publishEndpoint()
        recordChange("phase", "phase", new.name)
      case .relay(let holding):
        relayDesk?.want(hold: holding)
        recordChange("relay", "duty", holding ? "hold" : "claim")
      case .expect(let tokens): pipeline.canaries.expect(tokens)
      case .seen(let tokens): return sightings(tokens)
      case .quarantine(let order, let ids): return quarantine(order, ids, principal)
      case .giveBack:
        relayDesk?.giveBack()
        recordChange("relay", "duty", "give back")
      case .collect(let kind, let kept):
        if try transports.collect(kind, keeping: kept) {
          recordChange("transport-collected", "transport", kind.rawValue)
        }
      case .waive(let caller, let reason):
        recorder.note("waived") { line in
          line.member("uid", Int64(principal.uid ?? 0))
          line.member("caller", String(caller.prefix(1000)))
          line.member("reason", String(reason.prefix(1000)))
        }
      case .handover: break  // the desk's, since it needs the connection
      }
      return Array(#"{"ok":true}"#.utf8)
    } catch {
      var json = JSONWriter()
      json.beginObject()
      json.member("error", error.text)
      json.endObject()
      return json.bytes
    }
  }

  func quarantine(_ order: ControlRequest.QuarantineOrder, _ ids: [String], _ principal: Principal) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.beginObject("quarantine")
    for id in ids.prefix(1000) {
      let standing =
        switch order {
        case .retry: quarantineDesk.retry(id, as: principal, limit: channel.limits.message.bytes + 2)
        case .drop: quarantineDesk.discard(id, by: principal.uid)
        case .ask: quarantineDesk.standing(of: id)
        }
      json.member(named: id, standing.rawValue)
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }

  func sightings(_ tokens: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.beginObject("canaries")
    for token in tokens {
      json.beginObject(named: token)
      for (kind, count) in pipeline.canaries.sightings(of: token) { json.member(named: kind.rawValue, Int64(count)) }
      json.endObject()
    }
    json.endObject()
    json.endObject()
    return json.bytes
  }

  func recordChange(_ event: StaticString, _ key: StaticString, _ value: String) {
    recorder.note(event) { line in line.member(key, value) }
  }

  func status() -> ServerStatus {
    var status = ServerStatus()
    status.channel = channel.name.rawValue
    status.pid = Int64(Process.identifier)
    status.phase = phase.rawValue
    status.generation = generation
    status.isDraining = isDraining
    status.transports = transports.open
    status.closing = transports.closing
    status.connections = transports.connectionCount
    status.inFlight = pipeline.inFlight
    if let session = relayDesk?.session, session.conversation != nil {
      status.isRelayConnected = true
      status.isRelayHolding = session.isHolding
      status.relayPending = session.pending
      status.isRelayReturning = session.isReturning
    }
    for kind in TransportKind.allCases {
      let total = recorder.totals[kind]
      guard !total.isEmpty else { continue }
      status.routes.append(
        ServerStatus.Route(
          kind: kind, accepted: total.accepted, handled: total.handled, failed: total.failed, rejected: total.rejected,
          quarantined: total.quarantined))
    }
    // The most frequent ones: an answer of a bounded size.
    status.limits = (limits?.tally.all ?? []).prefix(64).map {
      ServerStatus.LimitCount(limit: $0.key.limit.rawValue, uid: $0.key.uid.map(Int64.init), count: $0.total)
    }
    status.trouble = recorder.trouble ?? recorder.logWatch?.trouble ?? lookUpTrouble
    status.sandbox = parts.sandbox.summary
    status.notices = notices
    return status
  }

  private var lookUpTrouble: String? {
    guard pipeline.policy.needsEvidence, parts.looker.isLost else { return nil }
    return "the process that looks at programs is gone or hangs: rules that name programs match nobody; start the "
      + "server again"
  }

  /// What any caller may know: the builtin handler's `status`.
  func publicStatus() -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("channel", channel.name.rawValue)
    json.member("phase", phase.name)
    json.member("draining", isDraining)
    json.endObject()
    return json.bytes
  }
}
