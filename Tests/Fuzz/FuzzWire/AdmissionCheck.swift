import SluiceWire

/// Admission against a reader of our own.
enum AdmissionCheck {
  // libFuzzer calls from one thread only.
  nonisolated(unsafe) private static let reader = MessageReader()

  /// Only what is tested: it may refuse, and must not trap.
  static func run(_ bytes: [UInt8]) {
    if let message = try? reader.read(bytes), message.isEnvelope { _ = try? reader.openEnvelope(bytes.span.bytes) }
    _ = reader.readHandlerLine(bytes)
  }

  static func check(_ bytes: [UInt8]) {
    let reference = ReferenceJSONReader.read(bytes)
    do throws(Refusal) {
      let message = try reader.read(bytes)
      guard let text = reference?.text else { fatalError("admitted, and no JSON text") }
      checkAdmitted(message, text)
      if message.isEnvelope { checkEnvelope(bytes, text) }
      ReplyCheck.check(dialect: message.dialect, id: message.id)
    } catch {
      checkRefused(error, reference)
    }
    checkHandlerLine(bytes, reference?.text)
  }

  private static let deciding = [
    "jsonrpc", "id", "method", "params", "type", "content", "result", "error", "sluice",
  ]

  private static func checkAdmitted(_ message: Message, _ text: ReferenceJSON) {
    precondition(text.members != nil, "admitted, and no object")
    precondition(!text.hasDuplicate, "a member stands twice")
    precondition(text.member("params")?.hasDuplicate != true, "a parameter stands twice")
    precondition(!text.hasTwin(of: deciding), "a name that decides stands there in other letters")
    precondition(message.isEnvelope == (text.member("sluice") != nil))
    if message.isEnvelope { return }
    switch message.dialect {
    case .drop: precondition(text.member("content")?.text == message.method)
    case .jsonRPC where message.kind == .response: precondition(text.member("method") == nil)
    default: precondition(text.member("method")?.text == message.method)
    }
    if message.dialect == .jsonRPC { checkID(message.id, text) }
    if let target = message.target {
      let params = text.member("params")
      precondition(params?.member("name")?.text == target || params?.member("uri")?.text == target)
      precondition(params?.hasTwin(of: [message.method == "resources/read" ? "uri" : "name"]) == false)
    }
  }

  private static func checkID(_ id: RequestID, _ text: ReferenceJSON) {
    precondition(text.member("jsonrpc")?.text == "2.0")
    switch (id, text.member("id")) {
    case (.absent, nil), (.absent, .literal(UInt8(ascii: "n"))): break
    case (.string(let id), .string(let written)): precondition(Array(id.utf8) == written)
    case (.integer(let id), .number(let written)):
      precondition(Int64(String(decoding: written, as: UTF8.self)) == id)
    case (.unsigned(let id), .number(let written)):
      precondition(UInt64(String(decoding: written, as: UTF8.self)) == id)
    default: fatalError("the id is another than the one that is written")
    }
  }

  private static func checkRefused(
    _ refusal: Refusal, _ reference: (text: ReferenceJSON, isUnportable: Bool, depth: Int)?
  ) {
    guard let reference, !reference.isUnportable, reference.depth < 256 else { return }
    precondition(refusal != .notJSON && refusal != .tooDeep, "a JSON text is refused as none")
    precondition((refusal == .notObject) == (reference.text.members == nil))
  }

  private static func checkEnvelope(_ bytes: [UInt8], _ text: ReferenceJSON) {
    guard let envelope = try? reader.openEnvelope(bytes.span.bytes) else { return }
    precondition(Set(text.keys).isSubset(of: [Array("sluice".utf8), Array("message".utf8)]))
    let facts = text.member("sluice")
    precondition(facts?.hasDuplicate == false && facts?.member("origin")?.hasDuplicate != true)
    precondition(envelope.claim == facts?.member("claim")?.text && envelope.reply == facts?.member("reply")?.text)
    precondition((envelope.message == nil) == (text.member("message") == nil))
    guard let range = envelope.message else { return }
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the message lies outside its envelope")
    let inner = Array(bytes[range])
    precondition(ReferenceJSONReader.read(inner)?.text == text.member("message"), "another message than the one inside")
    precondition(inner.first == UInt8(ascii: "{") && inner.last == UInt8(ascii: "}"))
    let again = envelope.wrap(inner)
    guard (try? reader.read(again))?.isEnvelope == true, let opened = try? reader.openEnvelope(again.span.bytes),
      let place = opened.message
    else { fatalError("an envelope that was written cannot be opened") }
    precondition(opened.origin == envelope.origin && opened.claim == envelope.claim && Array(again[place]) == inner)
    check(inner)
  }

  /// A handler's line, made an answer, is one line of valid JSON with no member twice.
  private static func checkHandlerLine(_ bytes: [UInt8], _ text: ReferenceJSON?) {
    guard let line = reader.readHandlerLine(bytes) else { return }
    precondition(text?.members != nil && text?.hasDuplicate == false)
    let flat = bytes.filter { $0 != UInt8(ascii: "\n") }
    for (dialect, id) in [(Dialect.jsonRPC, RequestID.integer(1)), (.plain, .absent), (.drop, .absent)] {
      var reply: [UInt8] = []
      Reply.append(handlerLine: flat, shape: line, dialect: dialect, id: id, to: &reply)
      ReplyCheck.expectOneLine(reply)
    }
  }
}
