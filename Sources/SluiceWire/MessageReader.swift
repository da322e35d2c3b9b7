internal import CSimdjson

/// Admission: one look at the bytes of a message through simdjson, strict in everything that decides.
///
/// Two parsers that disagree are a hole, so what is read here is what is authorised, and the original bytes are what is
/// forwarded. One reader serves one thread.
@safe package final class MessageReader {
  private let parser: OpaquePointer

  package init() {
    guard let parser = unsafe sl_json_parser_new() else { preconditionFailure("no memory for a JSON parser at start") }
    unsafe self.parser = unsafe parser
  }

  deinit { unsafe sl_json_parser_free(parser) }

  /// Reads a message, or throws why it cannot be one. An envelope is recognised, not opened.
  package func read(_ bytes: RawSpan) throws(Refusal) -> Message { try Self.classify(admit(bytes)) }

  /// Reads the body of a hook: any object but an envelope, which would vouch for facts that the kernel and the URL say.
  /// - Parameter event: of the URL, checked.
  package func readHook(_ bytes: RawSpan, event: String) throws(Refusal) -> Message {
    guard try admit(bytes).has_envelope == 0 else { throw .forgedEnvelope }
    return Message(
      dialect: .hook, kind: .request, id: .absent, method: HookEvent.methodPrefix + event, target: nil,
      isEnvelope: false)
  }

  private func admit(_ bytes: RawSpan) throws(Refusal) -> sl_message {
    var found = sl_message()
    unsafe bytes.withUnsafeBytes { raw in
      unsafe sl_json_admit(parser, raw.bindMemory(to: UInt8.self).baseAddress, UInt64(raw.count), &found)
    }
    switch Int(found.verdict) {
    case SL_JSON_OBJECT: return found
    case SL_JSON_NOT_OBJECT: throw .notObject
    case SL_JSON_DUPLICATE:
      let key = Self.text(found.duplicate) ?? ""
      throw Refusal(.invalidRequest, "a member stands twice", reason: "duplicate member \(key.prefix(64))")
    case SL_JSON_TOO_DEEP: throw .tooDeep
    case SL_JSON_NO_MEMORY: throw Refusal(.internalFault, "no memory to read the message")
    default: throw .notJSON
    }
  }

  /// Whether bytes are one whole JSON text, message or not.
  package func isText(_ bytes: RawSpan) -> Bool {
    var found = sl_message()
    unsafe bytes.withUnsafeBytes { raw in
      unsafe sl_json_admit(parser, raw.bindMemory(to: UInt8.self).baseAddress, UInt64(raw.count), &found)
    }
    return [SL_JSON_OBJECT, SL_JSON_NOT_OBJECT, SL_JSON_DUPLICATE].contains(Int(found.verdict))
  }

  package func read(_ bytes: [UInt8]) throws(Refusal) -> Message { try unsafe read(bytes.span.bytes) }

  private static func classify(_ found: sl_message) throws(Refusal) -> Message {
    // A handler whose parser folds case would see another call than policy judged.
    if let twin = text(found.twin) { throw ambiguous(twin) }
    if found.has_envelope != 0 {
      return Message(dialect: .plain, kind: .notification, id: .absent, method: "", target: nil, isEnvelope: true)
    }
    let isDrop =
      found.type_kind == SL_KIND_STRING && found.content_kind == SL_KIND_STRING && text(found.type) == "mcp_message"
    // A handler may look at the other of the two first: policy would have judged what is not done.
    if isDrop, found.method_kind != SL_KIND_ABSENT {
      throw Refusal(.invalidRequest, "method and content both say what is called; leave one out")
    }
    if found.jsonrpc_kind != SL_KIND_ABSENT { return try classifyJSONRPC(found) }
    if found.id_kind != SL_KIND_ABSENT { throw Refusal(.invalidRequest, "\"jsonrpc\":\"2.0\" is missing") }
    if found.method_kind == SL_KIND_STRING {
      guard found.params_kind != SL_KIND_STRING, found.params_kind != SL_KIND_OTHER,
        found.params_kind != SL_KIND_INTEGER, found.params_kind != SL_KIND_UNSIGNED
      else { throw Refusal(.invalidRequest, "params must be an object or an array") }
      return try message(found, .plain, .request, .absent)
    }
    if isDrop {
      return Message(
        dialect: .drop, kind: .request, id: .absent, method: text(found.content) ?? "", target: nil,
        isEnvelope: false)
    }
    throw Refusal(.invalidRequest, "no method: a message is {\"method\":...} or a JSON-RPC 2.0 request")
  }

  private static func classifyJSONRPC(_ found: sl_message) throws(Refusal) -> Message {
    guard found.jsonrpc_is_2 != 0 else { throw Refusal(.invalidRequest, "\"jsonrpc\" must be \"2.0\"") }
    let id: RequestID =
      switch Int(found.id_kind) {
      case SL_KIND_ABSENT: .absent
      case SL_KIND_INTEGER: .integer(found.id_integer)
      case SL_KIND_UNSIGNED: .unsigned(found.id_unsigned)
      case SL_KIND_STRING: .string(text(found.id) ?? "")
      case SL_KIND_NULL where found.has_error != 0: .absent
      default: throw Refusal(.invalidRequest, "id must be a string or an integer")
      }
    if found.method_kind == SL_KIND_ABSENT, (found.has_result != 0) != (found.has_error != 0) {
      return Message(
        dialect: .jsonRPC, kind: .response, id: id, method: "", target: nil, isEnvelope: false,
        isError: found.has_error != 0)
    }
    guard found.method_kind == SL_KIND_STRING else { throw Refusal(.invalidRequest, "method must be a string") }
    switch Int(found.params_kind) {
    case SL_KIND_ABSENT, SL_KIND_OBJECT, SL_KIND_ARRAY: break
    default: throw Refusal(.invalidRequest, "params must be an object or an array")
    }
    return try message(found, .jsonRPC, id == .absent ? .notification : .request, id)
  }

  private static func ambiguous(_ key: String) -> Refusal {
    Refusal(
      .invalidRequest, "a member's name is a known one in other letters",
      reason: "ambiguous member \(key.prefix(64))")
  }

  private static func message(
    _ found: sl_message, _ dialect: Dialect, _ kind: Message.Kind, _ id: RequestID
  ) throws(Refusal) -> Message {
    let method = text(found.method) ?? ""
    var target: String?
    if found.name.address | found.uri.address | found.name_twin.address | found.uri_twin.address == 0 {
      return Message(dialect: dialect, kind: kind, id: id, method: method, target: nil, isEnvelope: false)
    }
    // Other methods may have such parameters: nothing is decided by them.
    switch method {
    case "tools/call", "prompts/get":
      if let twin = text(found.name_twin) { throw ambiguous(twin) }
      target = text(found.name)
    case "resources/read":
      if let twin = text(found.uri_twin) { throw ambiguous(twin) }
      target = text(found.uri)
    default: break
    }
    return Message(dialect: dialect, kind: kind, id: id, method: method, target: target, isEnvelope: false)
  }

  fileprivate static func text(_ raw: sl_text) -> String? {
    guard let start = unsafe UnsafeRawPointer(bitPattern: UInt(raw.address)) else { return nil }
    return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: Int(raw.length)), as: UTF8.self)
  }
}

extension MessageReader {
  /// Reads the envelope of a text that `read` found to be one.
  package func openEnvelope(_ bytes: RawSpan) throws(Refusal) -> Envelope {
    var found = sl_envelope()
    unsafe bytes.withUnsafeBytes { raw in
      unsafe sl_json_open_envelope(parser, raw.bindMemory(to: UInt8.self).baseAddress, UInt64(raw.count), &found)
    }
    guard found.verdict == SL_JSON_OBJECT else { throw .forgedEnvelope }
    var envelope = Envelope()
    envelope.claim = Self.text(found.claim)
    envelope.reply = Self.text(found.reply)
    envelope.canary = Self.text(found.canary)
    envelope.control = Self.text(found.control)
    envelope.proof = Self.text(found.proof)
    envelope.digest = Self.text(found.sha256)
    if found.message_length > 0 {
      envelope.message = Int(found.message_offset)..<Int(found.message_offset + found.message_length)
    }
    if found.has_origin != 0 {
      guard found.origin_has_uid != 0, let uid = UInt32(exactly: found.origin_uid),
        let gid = UInt32(exactly: found.origin_gid), let mode = UInt32(exactly: found.origin_mode)
      else { throw .forgedEnvelope }
      envelope.origin = Envelope.Origin(
        uid: uid, gid: gid, mode: mode, attestation: Self.text(found.origin_attestation) ?? "none",
        path: Self.text(found.origin_path) ?? "", program: Self.text(found.origin_program))
    }
    return envelope
  }

  /// Reads what a handler printed: one JSON object with a result or an error, or nil.
  package func readHandlerLine(_ bytes: [UInt8]) -> HandlerLine? {
    var found = sl_message()
    unsafe bytes.withUnsafeBytes { raw in
      unsafe sl_json_admit(parser, raw.bindMemory(to: UInt8.self).baseAddress, UInt64(raw.count), &found)
    }
    guard found.verdict == SL_JSON_OBJECT, found.has_result != 0 || found.has_error != 0 else { return nil }
    let isJSONRPC = found.jsonrpc_is_2 != 0
    // An id without a version, or a version that is not ours, would stand twice in the answer; a version without an id
    // answers nobody.
    guard isJSONRPC == (found.id_kind != SL_KIND_ABSENT), isJSONRPC || found.jsonrpc_kind == SL_KIND_ABSENT else {
      return nil
    }
    return HandlerLine(
      isJSONRPC: isJSONRPC, isError: found.has_error != 0, errorText: Self.text(found.error))
  }
}
