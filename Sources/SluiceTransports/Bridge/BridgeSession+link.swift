internal import SluiceWire

/// Connections that come and go.
extension BridgeSession {
  package mutating func connected(now: Int64) {
    heard = 0
    junk = 0
    clearPreface()
    if greets {
      link = .greeting
      linkDeadline = now + limits.greeting
      send(ConnectionWords.ready)
    } else {
      begin(now: now)
    }
  }

  /// The server listens: the session first, where there was one.
  mutating func begin(now: Int64) {
    guard let opening else { return opened() }
    link = .opening
    linkDeadline = now + limits.opening
    send(opening.initialize)
  }

  mutating func opened() {
    let isAgain = link == .opening
    link = .open
    linkDeadline = .max
    for call in endedListens { end(call) }
    endedListens = []
    guard isAgain, let opening else { return }
    note("the session is open again")
    // What it offers may have changed meanwhile.
    for list in opening.changingLists { notify("notifications/\(list)/list_changed") }
  }

  /// The connection is gone.
  package mutating func lost(_ reason: String) {
    link = .down
    linkDeadline = .max
    clearPreface()
    for call in calls.takeAll() {
      if call.isListen {
        endedListens.append(call)
      } else {
        answer(
          call,
          Refusal(.handlerEnded, "the server ended before it answered; whether it acted is not known", reason: reason))
      }
    }
    outbox.cut()
    // Nobody waits for these any more.
    for id in serverCalls { notify("notifications/cancelled") { Self.write(id, "requestId", to: &$0) } }
    serverCalls = []
  }

  /// The graceful end of a subscription (MCP 2026-07-28, `subscriptions/listen`): the host may subscribe anew.
  private mutating func end(_ call: BridgeCall) {
    var json = JSONWriter()
    json.beginObject()
    json.member("resultType", "complete")
    json.beginObject("_meta")
    Self.write(call.id, "io.modelcontextprotocol/subscriptionId", to: &json)
    json.endObject()
    json.endObject()
    Reply.append(result: json.bytes, dialect: .jsonRPC, id: call.id, to: &output)
  }

  private static func write(_ id: RequestID, _ name: String, to json: inout JSONWriter) {
    switch id {
    case .absent: break
    case .integer(let value): json.member(named: name, value)
    // More than an Int64 holds.
    case .unsigned(let value): json.member(named: name, unsigned: value)
    case .string(let text): json.member(named: name, text)
    }
  }

  // MARK: Time

  /// When `expire` is to be asked; nil for never.
  package var nextDeadline: Int64? {
    var next = linkDeadline
    if link != .open, let oldest = outbox.oldest { next = min(next, oldest + limits.hold) }
    return next == .max ? nil : next
  }

  /// Answers what has waited too long for a server.
  package mutating func expire(now: Int64) -> Verdict {
    if link != .open {
      let refusal = Refusal(.handlerEnded, "no server listens; nothing was sent")
      giveUp(before: now - limits.hold + 1, refusal)
    }
    guard now >= linkDeadline else { return .goOn }
    return .lost(link == .greeting ? "the server did not say that it is ready" : "the server did not open the session")
  }

  private mutating func giveUp(before time: Int64, _ refusal: Refusal) {
    var expired: [BridgeCall] = []
    outbox.expire(before: time) { if case .request(let call) = $0 { expired.append(call) } }
    for call in expired { answer(call, refusal) }
  }

  /// The bridge ends: whoever still waits is told.
  package mutating func end() {
    giveUp(before: .max, Refusal(.handlerEnded, "the bridge ended; nothing was sent"))
    for call in calls.takeAll() + endedListens {
      answer(call, Refusal(.handlerTimeout, "the bridge ended before the answer came"))
    }
    endedListens = []
  }
}
