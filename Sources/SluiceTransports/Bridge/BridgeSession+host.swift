internal import SluiceWire

/// What the host says.
extension BridgeSession {
  /// A line of the host, without its newline.
  /// - Parameter now: nanoseconds of the monotonic clock.
  package mutating func hostSaid(_ line: RawSpan, now: Int64) {
    let message: Message
    // A line that is no message is the server's to refuse: its rules decide, and it answers with its own words.
    do throws(Refusal) { message = try reader.read(line) } catch {
      outbox.add(line, .other, arrived: now)
      return
    }
    guard let meaning = meaning(of: message, line) else { return }
    outbox.add(line, meaning, arrived: now)
  }

  package mutating func hostSaidTooMuch(limit: Int) {
    Reply.append(.tooLarge(limit: limit), dialect: .jsonRPC, id: .absent, to: &output)
  }

  /// Nil for what goes nowhere.
  private mutating func meaning(of message: Message, _ line: RawSpan) -> Outbox.Meaning? {
    guard !message.isEnvelope else { return .other }
    switch message.kind {
    case .request:
      if message.method == "initialize", message.dialect == .jsonRPC {
        proposed = Opening(initialize: Self.copy(line), id: message.id)
      }
      return .request(
        BridgeCall(
          id: message.id, dialect: message.dialect,
          isListen: message.method == "subscriptions/listen" && message.dialect == .jsonRPC))
    case .notification:
      switch message.method {
      case "notifications/initialized":
        initialized = Self.copy(line)
        return .initialized
      case "notifications/cancelled":
        let id = SessionFacts(of: line).requestID
        endedListens.removeAll { $0.id == id }
        return id == .absent ? .other : .cancel(id)
      default: return .other
      }
    case .response:
      guard message.id == .absent || serverCalls.remove(message.id) != nil else {
        note("dropped an answer of the host's to a request that no server waits for any more")
        return nil
      }
      return link == .down ? nil : .response
    }
  }

  static func copy(_ line: RawSpan) -> [UInt8] { unsafe line.withUnsafeBytes { unsafe Array($0) } }
}
