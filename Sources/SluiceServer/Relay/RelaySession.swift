internal import SluiceChannel
internal import SluicePolicy
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// One connected relay.
final class RelaySession: ConversationSession, DropSource {
  private(set) weak var conversation: (any Conversation)?
  private let pipeline: Pipeline
  private unowned let desk: RelayDesk
  /// What it last reported.
  private(set) var isHolding = false
  private(set) var isReturning = false
  private(set) var pending = 0
  private var unsettled = 0
  private var named = PendingNames()
  private static let window = 256
  /// Bytes of a reply that is left in a file.
  private static let replyLimit = 128 << 10
  /// Replies to what is being settled, by id.
  private var replies: [String: [UInt8]] = [:]

  init(_ conversation: any Conversation, pipeline: Pipeline, desk: RelayDesk) {
    self.conversation = conversation
    self.pipeline = pipeline
    self.desk = desk
  }

  func isWhole(_ bytes: RawSpan) -> Bool { false }
  func faulted(_ refusal: Refusal) { desk.noticed("the relay sent a line that is no message: \(refusal.reason)") }
  func closed() { conversation = nil }

  func received(_ bytes: RawSpan) -> Bool {
    // Reports begin with the key "relay"; messages are envelopes.
    let report = Array("{\"relay\":".utf8)
    let isReport = unsafe bytes.withUnsafeBytes { unsafe $0.starts(with: report) }
    if isReport { takeReport(Pipeline.copy(bytes)) } else { takeMessage(bytes) }
    return unsettled < Self.window
  }

  func answer(_ line: [UInt8], to id: String) {
    guard desk.keepsReplies else { return }
    let text = line.last == UInt8(ascii: "\n") ? line.dropLast() : line[...]
    if text.count <= Self.replyLimit {
      replies[id] = Array(text)
    } else {
      desk.noticed("a reply of \(text.count) bytes is too large for a reply file (\(Self.replyLimit) at most)")
    }
  }

  func settle(_ id: String) {
    unsettled -= 1
    let reply = replies.removeValue(forKey: id)
    conversation?.write { $0.append(contentsOf: RelayWords.settled(id: id, reply: reply)) }
    if unsettled < Self.window { conversation?.resume() }
  }

  private func takeMessage(_ bytes: RawSpan) {
    do throws(Refusal) {
      guard try pipeline.reader.read(bytes).isEnvelope else { throw .forgedEnvelope }
      let envelope = try pipeline.reader.openEnvelope(bytes)
      guard let id = envelope.claim, Envelope.isToken(id), let range = envelope.message else { throw .forgedEnvelope }
      unsettled += 1
      var drop = Drop(
        id: id, route: .fileDrop, principal: Self.principal(envelope.origin),
        proof: envelope.proof.flatMap(ClaimProof.init(rawValue:)), source: self)
      drop.path = desk.path(envelope.origin?.path)
      drop.program = envelope.origin?.program.map(ProcessName.bounded)
      pipeline.take(bytes.extracting(range), drop, claimedFacts: envelope)
    } catch { faulted(error) }
  }

  private static func principal(_ origin: Envelope.Origin?) -> Principal {
    guard let origin else { return Principal(attestation: .relayed, uid: nil, gid: nil) }
    // A line of the relay's FIFO: its mode is the only gate, as with ours.
    guard origin.attestation != "none" else { return .unknown }
    return Principal(
      attestation: .relayed, uid: origin.uid, gid: origin.gid, isShared: origin.attestation == "shared")
  }

  private func takeReport(_ bytes: [UInt8]) {
    guard let report = try? JSON5.parse(bytes), case .object(let object) = report.kind,
      case .string(let word)? = object["relay"]?.kind
    else {
      faulted(.notJSON)
      return
    }
    switch word {
    case "hello":
      isHolding = object["holding"]?.kind == .boolean(true)
      takeNames(object, isFirst: true)
    case "ids": takeNames(object, isFirst: false)
    case "report":
      isHolding = object["holding"]?.kind == .boolean(true)
      isReturning = object["returning"]?.kind == .boolean(true)
      if case .number(let number)? = object["pending"]?.kind { pending = Int(clamping: number.integer ?? 0) }
      desk.standIn?.look()
      let gone = Self.names(object["gone"])
      if !gone.isEmpty { pipeline.recorder.forget { gone.contains($0) } }
    case "withdraw": withdraw(object)
    case "quarantined": takeQuarantined(object)
    case "gap": takeGap(object)
    default: faulted(.notObject)
    }
  }

  private func withdraw(_ object: JSON5Object) {
    let ids = Self.list(object["ids"])
    let (withdrawn, released) = pipeline.withdraw(ids, of: self)
    unsettled -= released
    let gone = Set(withdrawn)
    let kept = ids.filter { !gone.contains($0) }
    conversation?.write { $0.append(contentsOf: RelayWords.withdrawn(withdrawn, kept: kept)) }
    if unsettled < Self.window { conversation?.resume() }
  }

  private func takeNames(_ object: JSON5Object, isFirst: Bool) {
    let names = Self.names(object["pending"])
    pending = isFirst ? names.count : pending &+ names.count
    let hasMore = object["more"]?.kind == .boolean(true)
    guard let ids = named.take(names, isFirst: isFirst, hasMore: hasMore) else {
      if named.isOverfull, !hasMore { desk.noticed("the relay names more messages than can be; none is forgotten") }
      return
    }
    // What this relay does not name can never come again; run-file and FIFO ids have names of another kind.
    let quarantine = pipeline.quarantine
    pipeline.recorder.forget {
      ($0.hasPrefix("c") || $0.hasPrefix("b") || $0.hasPrefix("l") || $0.hasPrefix("g")) && !ids.contains($0)
        && QuarantineDesk.mayForget($0, quarantine)
    }
  }

  private static func names(_ value: JSON5Value?) -> Set<String> { Set(list(value)) }

  private static func list(_ value: JSON5Value?) -> [String] {
    guard case .array(let list)? = value?.kind else { return [] }
    return list.compactMap { element in
      guard case .string(let text) = element.kind, Envelope.isToken(text) else { return nil }
      return text
    }
  }

  private func takeQuarantined(_ object: JSON5Object) {
    guard case .string(let id)? = object["id"]?.kind, Envelope.isToken(id) else { return faulted(.notObject) }
    unsettled += 1
    if let known = pipeline.recorder.known[id], known != .started { return settle(id) }
    func number(_ key: String) -> Int64? { Self.number(object[key]) }
    let reason = Self.text(object["reason"]) ?? "malformed"
    let uid = number("uid").flatMap { UInt32(exactly: $0) }
    let principal = Principal(
      attestation: .relayed, uid: uid, gid: number("gid").flatMap { UInt32(exactly: $0) })
    var ending = Ending(
      .quarantined,
      of: Sender(
        principal, route: .fileDrop, path: desk.path(Self.text(object["path"])),
        program: Self.text(object["program"]).map(ProcessName.bounded)),
      byteCount: Int(clamping: number("bytes") ?? 0))
    ending.id = id
    ending.reason = reason
    pipeline.recorder.record(ending) { [weak self] in self?.settle(id) }
  }

  private func takeGap(_ object: JSON5Object) {
    guard let id = Self.text(object["id"]), Envelope.isToken(id), id.hasPrefix("g"),
      let from = Self.number(object["from"]), let to = Self.number(object["to"])
    else { return faulted(.notObject) }
    unsettled += 1
    if pipeline.recorder.known[id] != nil { return settle(id) }
    let gap = RelayGap(id: id, from: from, to: to, reason: String((Self.text(object["reason"]) ?? "").prefix(200)))
    let isTaken = pipeline.recorder.gap(gap) { [weak self] in self?.settle(id) }
    // It comes again with the relay's next connection.
    if !isTaken { unsettled -= 1 }
  }

  private static func number(_ value: JSON5Value?) -> Int64? {
    guard case .number(let number)? = value?.kind else { return nil }
    return number.integer
  }
  private static func text(_ value: JSON5Value?) -> String? {
    guard case .string(let text)? = value?.kind else { return nil }
    return text
  }
}
