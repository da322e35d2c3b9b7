import SluiceWire

/// What is written must parse again, whatever texts are put into it.
enum ReplyCheck {
  static func check(dialect: Dialect, id: RequestID) {
    var refused: [UInt8] = []
    Reply.append(.tooLarge(limit: 1), dialect: dialect, id: id, to: &refused)
    let refusal = expectOneLine(refused)
    var answered: [UInt8] = []
    Reply.append(result: Array("{}".utf8), dialect: dialect, id: id, to: &answered)
    let answer = expectOneLine(answered)
    guard dialect == .jsonRPC else { return }
    for reply in [refusal, answer] {
      switch id {
      case .absent: precondition(reply.member("id") == .literal(UInt8(ascii: "n")))
      case .integer(let value): precondition(reply.member("id") == .number(Array("\(value)".utf8)))
      case .unsigned(let value): precondition(reply.member("id") == .number(Array("\(value)".utf8)))
      case .string(let value): precondition(reply.member("id") == .string(Array(value.utf8)))
      }
    }
  }

  static func check(text bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    var reply: [UInt8] = []
    Reply.append(Refusal(.handlerFailed, text), dialect: .jsonRPC, id: .string(text), to: &reply)
    let parsed = expectOneLine(reply)
    precondition(parsed.member("error")?.member("message")?.text == text && parsed.member("id")?.text == text)
    for line in RelayWords.hello(pending: [text, "b"], isHolding: true) { expectOneLine(line + [UInt8(ascii: "\n")]) }
    let origin = Envelope.Origin(uid: .max, gid: 0, mode: 0o777, attestation: text, path: text)
    for words in [
      RelayWords.quarantined(id: text, origin: origin, path: text, byteCount: bytes.count, reason: text) + [
        UInt8(ascii: "\n")
      ],
      RelayWords.settled(id: text),
    ] { expectOneLine(words) }
  }

  @discardableResult
  static func expectOneLine(_ reply: [UInt8]) -> ReferenceJSON {
    precondition(reply.last == UInt8(ascii: "\n") && !reply.dropLast().contains(UInt8(ascii: "\n")), "not one line")
    guard let text = ReferenceJSONReader.read(Array(reply.dropLast()))?.text, text.members != nil, !text.hasDuplicate
    else { fatalError("what is written is no JSON object: \(String(decoding: reply, as: UTF8.self))") }
    return text
  }
}
