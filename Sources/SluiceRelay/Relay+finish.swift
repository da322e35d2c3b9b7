internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
package import SluiceTransports
package import SluiceWire

/// From whole bytes to an entry of the spool.
extension Relay: MessageSink {
  package func opened(_ conversation: any Conversation) -> (any ConversationSession)? { nil }
  package func completed(idPrefix: String) {
    queue.completed(idPrefix)
    deliver()
    // While the claim is there: after a kill it is read, and recorded, again.
    record.catchUp()
  }
  package func retired(idPrefix: String) {
    queue.retired(idPrefix)
    for (id, reply) in settledEarly.removeValue(forKey: idPrefix) ?? [] { conclude(id, reply: reply) }
    deliver()
  }
  package func noticed(_ text: String) { log(text) }

  package func dropped(_ bytes: RawSpan, _ drop: Drop) {
    var envelope = Envelope()
    var message = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    do throws(Refusal) {
      // A drop may name a reply FIFO, or be a probe; anything else in an envelope would be a forgery.
      let found = if let read = drop.message { read } else { try reader.read(bytes) }
      legacyLog?.received(method: found.method)
      if found.isEnvelope {
        let inner = try reader.openEnvelope(bytes)
        guard !inner.isVouching, let range = inner.message else {
          throw .forgedEnvelope
        }
        envelope.reply = inner.reply
        envelope.canary = inner.canary
        message = Array(message[range])
      }
    } catch { return spoiled(bytes, error, drop) }
    envelope.claim = drop.id
    envelope.origin = origin(of: drop)
    envelope.proof = drop.proof?.rawValue
    record.writeLater("message", id: drop.id) { [count = message.count, origin = envelope.origin] json in
      json.member("bytes", count)
      if let proof = drop.proof { json.member("proof", proof.rawValue) }
      if let origin {
        if origin.attestation != "none" { json.member("uid", Int64(origin.uid)) }
        json.member("attestation", origin.attestation)
      }
    }
    // A newline inside JSON text is white space between its tokens: the line format needs it to be another one.
    keep(drop, envelope.wrap(message.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? 0x20 : $0 }))
  }

  package func spoiled(_ bytes: RawSpan, _ refusal: Refusal, _ drop: Drop) {
    // A killed relay had it whole, and this is what is left of its claims.
    guard !spool.contains(drop.id) else {
      drop.source.settle(drop.id)
      return
    }
    let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    let kept = quarantine.keep(copy, id: drop.id, of: drop.principal.uid)
    StopPoint.relayQuarantined.pass()
    let reason = kept.map { "\(refusal.reason) (\($0))" } ?? refusal.reason
    legacyLog?.malformed(drop.id.hasPrefix("b") ? layout.legacyBad : layout.legacyInput)
    record.write("quarantined", id: drop.id) { $0.member("reason", reason) }
    log("error: quarantined \(drop.id): \(reason)")
    keep(
      drop,
      RelayWords.quarantined(
        id: drop.id, origin: drop.principal.uid == nil ? nil : origin(of: drop), path: path(of: drop),
        byteCount: copy.count, reason: reason))
  }

  func origin(of drop: Drop) -> Envelope.Origin? {
    guard let uid = drop.principal.uid, let gid = drop.principal.gid else {
      guard drop.id.first == Self.linePrefix else { return nil }
      return Envelope.Origin(uid: .max, gid: .max, mode: 0, attestation: "none", path: path(of: drop))
    }
    return Envelope.Origin(
      uid: uid, gid: gid, mode: drop.mode ?? 0, attestation: drop.principal.isShared ? "shared" : "owner",
      path: path(of: drop), program: drop.program)
  }

  private func path(of drop: Drop) -> String { drop.path ?? layout.legacyInput }

  /// Puts a line into the spool; the claim is let go of when that is done.
  func keep(_ drop: Drop, _ line: [UInt8]) {
    guard !sendStanding(drop, line) else { return balance() }
    do throws(Errno) {
      if try spool.put(drop.id, line) {
        queue.add(drop.id)
        if drop.id.first == Self.linePrefix {
          book.account.paths[layout.legacyInput, default: RelayAccount.Path()].claimed += 1
        }
      }
      StopPoint.spooled.pass()
    } catch {
      log("cannot spool \(drop.id): \(error); the claim stays and is tried again")
      unspooled.append((drop, line))
      balance()
      return
    }
    balance()
    drop.source.settle(drop.id)
  }

  func retrySpooling() {
    let waiting = unspooled
    unspooled = []
    for (drop, line) in waiting { keep(drop, line) }
  }
}
