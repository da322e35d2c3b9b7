internal import SluiceWire

/// What the server says.
extension BridgeSession {
  /// A line of the server, without its newline.
  package mutating func serverSaid(_ line: RawSpan, now: Int64) -> Verdict {
    if link == .greeting { return greeted(line, now: now) }
    let message: Message
    do throws(Refusal) { message = try reader.read(line) } catch { return otherSaid(line) }
    guard message.dialect == .jsonRPC, !message.isEnvelope else { return junkSaid() }
    heard += 1
    switch message.kind {
    case .notification: break
    case .request:
      guard serverCalls.count < Self.serverCallLimit else {
        refuse(message.id, now: now)
        return .goOn
      }
      serverCalls.insert(message.id)
    case .response:
      if link == .opening, message.id == opening?.id { return reopened(SessionFacts(of: line)) }
      if let proposed, message.id == proposed.id { agreed(proposed, SessionFacts(of: line)) }
      // An error without an id answers nobody in particular.
      if message.id != .absent { calls.remove(message.id) }
    }
    forward(line)
    return .goOn
  }

  /// A line that is not read to its end: nothing is known of it, above all not whose answer it is. Where one request
  /// waits it is taken for that one's; of several each is answered as if the server were gone.
  package mutating func serverSaidTooMuch(limit: Int) -> Verdict {
    if calls.count == 1 {
      for call in calls.takeAll() { answer(call, Refusal(.tooLarge, "the reply is larger than \(limit) bytes")) }
    }
    return .lost("the server sent a line of more than \(limit) bytes")
  }

  private mutating func forward(_ line: RawSpan) {
    unsafe line.withUnsafeBytes { unsafe output.append(contentsOf: $0) }
    output.append(UInt8(ascii: "\n"))
  }

  private mutating func greeted(_ line: RawSpan, now: Int64) -> Verdict {
    guard ConnectionWords.isReady(line) else {
      note("the server refuses the connection: \(String(decoding: Self.copy(line).prefix(300), as: UTF8.self))")
      return .goOn
    }
    begin(now: now)
    return .goOn
  }

  /// What is no message to a server may be a reply in a dialect without ids.
  private mutating func otherSaid(_ line: RawSpan) -> Verdict {
    guard let reply = reader.readHandlerLine(Self.copy(line)), !reply.isJSONRPC else { return junkSaid() }
    heard += 1
    calls.remove(.absent)
    forward(line)
    return .goOn
  }

  /// Only messages may reach the host (MCP, "stdio").
  private mutating func junkSaid() -> Verdict {
    junk += 1
    if junk == 1 { note("dropped a line of the server's that is no message") }
    guard heard == 0, junk >= limits.junk else { return .goOn }
    return .broken("whoever listens there does not speak in messages: \(junk) lines, none of them one")
  }

  private mutating func refuse(_ id: RequestID, now: Int64) {
    var reply: [UInt8] = []
    Reply.append(Refusal(.tooMany, "too many requests wait for the host"), dialect: .jsonRPC, id: id, to: &reply)
    reply.removeLast()
    unsafe outbox.add(reply.span.bytes, .response, arrived: now)
  }

  private mutating func agreed(_ proposal: Opening, _ facts: SessionFacts) {
    proposed = nil
    guard facts.hasResult else { return }
    opening = proposal
    opening?.changingLists = facts.changingLists
  }

  /// The session that the host opened is open again.
  private mutating func reopened(_ facts: SessionFacts) -> Verdict {
    guard facts.hasResult else {
      refusals += 1
      let text = "the server does not open the session again"
      return refusals < limits.refusals ? .lost(text) : .broken(text)
    }
    refusals = 0
    if let initialized = opening?.initialized { send(initialized) }
    opened()
    return .goOn
  }
}
