internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceReactor
internal import SluiceChannel

/// Giving back: when the relay's duty ends, what the server has not begun goes to the legacy path, for the old server.
///
/// A message is asked back from the server first: what a handler has seen stays the server's, and what it lets go of
/// becomes `turned`, durably, and is never sent again. Its file is written beside the path, the entry becomes `laying`,
/// and the file is renamed to the path, over nothing. After a kill an entry that is `laying` has been laid if its file is
/// no longer beside the path: so each is at the path once, whatever became of it there since. The next one follows when
/// the path is free.
extension Relay {
  /// Messages on their way back.
  final class Returning {
    /// The server was asked for these over this connection.
    var asked: Set<String> = []
    /// What the server keeps.
    var kept: Set<String> = []
    /// Those that are turned, oldest first.
    var order: [String] = []
    /// Requests without an answer over this connection.
    var openRequests = 0
    /// When the last one could be laid, by the monotonic clock.
    var progress = Clock.monotonic
    var isDue = false
    /// Looks in a row that found no server.
    var looksAlone = 0
    var hasSpokenOfOwner = false
    var complaint = ""
  }

  /// Nanoseconds between looks whether the path is free; an old server that does not take anything is looked for less.
  private static let look: Int64 = 10_000_000
  private static let slowLook: Int64 = 250_000_000
  private static let patience: Int64 = 30_000_000_000
  /// All that are messages were dropped at the first slot, since the other one's are malformed by definition.
  private static let slot = 0

  func beginReturning() {
    guard returning == nil else { return }
    returning = Returning()
    book.account.isReturning = true
    book.keep(at: Clock.realtime)
    log("what no handler has seen goes back to \(layout.legacyInput); \(spool.count) wait in the spool")
    returning?.order = spool.turnedIDs
    askBack()
    layReturns()
  }

  /// Drops are taken again: what is on its way back and does not lie there yet is the server's again.
  func endReturning() {
    if let ended = returning {
      returning = nil
      book.account.isReturning = false
      book.keep(at: Clock.realtime)
      // What the server forgets now cannot be told from what it keeps.
      if ended.openRequests > 0 { link.renew("drops are taken again while messages were asked back") }
    }
    for id in spool.turnedIDs {
      do throws(Errno) { try turnForth(id) } catch {
        log("cannot take \(id) back from \(layout.legacyInput): \(error)")
      }
    }
    deliver()
  }

  private func turnForth(_ id: String) throws(Errno) {
    guard let receiver else { return }
    if spool.turns[id] == .laying {
      guard try receiver.hasReturnDraft(id, slot: Self.slot) else { return try concludeReturn(id, nil, isLate: true) }
      try spool.turn(id, to: .turned)
    }
    try receiver.dropReturnDraft(id, slot: Self.slot)
    try spool.unturn(id)
    queue.restore(id)
  }

  // MARK: Asking back

  /// Asks the server for what it was not asked for yet. Without a server, only what was never sent to one is ours.
  func askBack() {
    guard let returning else { return }
    let ids = spool.ids.filter { !returning.asked.contains($0) && queue.heldClaim(of: $0) == nil }
    guard link.isConnected else {
      returning.looksAlone += 1
      guard returning.looksAlone > 2 else { return }
      let sent = queue.sent.union(doubtful)
      let unsent = ids.filter { !sent.contains($0) }
      if !unsent.isEmpty { turnBack(unsent) }
      complain(
        ids.count > unsent.count
          ? "\(ids.count - unsent.count) messages may have reached the server, and wait for its word: start it" : "")
      return
    }
    returning.looksAlone = 0
    var start = 0
    while start < ids.count {
      let part = Array(ids[start..<min(start + RelayWords.idsALine, ids.count)])
      link.add(RelayWords.withdraw(part))
      returning.openRequests += 1
      returning.asked.formUnion(part)
      start += part.count
    }
    link.flush()
  }

  /// The server's answer.
  func takeBack(_ ids: [String], kept: [String]) {
    guard let returning else { return }
    returning.openRequests -= 1
    returning.kept.formUnion(kept)
    turnBack(ids.filter { spool.contains($0) && queue.heldClaim(of: $0) == nil })
    for id in kept where queue.take(id) { resend(id) }
    link.flush()
    layReturns()
    reportSoon()
  }

  private func turnBack(_ ids: [String]) {
    guard let returning else { return }
    var turned: Set<String> = []
    for id in ids where spool.turns[id] == nil {
      do throws(Errno) {
        guard let line = try spool.line(of: id, limit: lineLimit), isMessage(line) else {
          // What is for the server's record only is no message.
          returning.kept.insert(id)
          if link.isConnected, queue.take(id) { resend(id) }
          continue
        }
        try spool.turn(id, to: .turned)
        turned.insert(id)
        StopPoint.returning.pass()
      } catch {
        complain("cannot turn \(id) round: \(error)")
        returning.asked.remove(id)
      }
    }
    queue.remove(turned)
    returning.order = spool.turnedIDs
  }

  private func resend(_ id: String) {
    guard let line = (try? spool.line(of: id, limit: lineLimit)) ?? nil else { return queue.postpone(id) }
    link.add(line)
  }

  private func isMessage(_ line: [UInt8]) -> Bool {
    unsafe (try? reader.openEnvelope(line.span.bytes))?.message != nil
  }

  private var lineLimit: Int { channel.limits.message.bytes + 65536 }

  // MARK: Laying

  /// Lays what may be laid now, and looks again while there is more.
  func layReturns() {
    guard let returning, receiver != nil else { return }
    // What is older and still in question comes first.
    let open = spool.ids.first { !returning.kept.contains($0) }.flatMap { MessageOrder($0) }
    while let id = returning.order.first, let order = MessageOrder(id), open.map({ order < $0 }) ?? true {
      do throws(Errno) {
        guard try lay(id) else { break }
        returning.progress = Clock.monotonic
      } catch {
        complain("cannot give \(id) back to \(layout.legacyInput): \(error)")
        break
      }
      returning.order.removeFirst()
      reportSoon()
    }
    guard !returning.order.isEmpty, !returning.isDue else { return }
    returning.isDue = true
    let isSlow = Clock.monotonic - returning.progress > Self.patience
    reactor.schedule(after: isSlow ? Self.slowLook : Self.look) { [weak self] in
      self?.returning?.isDue = false
      self?.layReturns()
    }
  }

  /// - Returns: false where the path is not free.
  private func lay(_ id: String) throws(Errno) -> Bool {
    guard let receiver else { return false }
    let isUnderway = spool.turns[id] == .laying
    if isUnderway, try !receiver.hasReturnDraft(id, slot: Self.slot) {
      try concludeReturn(id, nil, isLate: true)
      return true
    }
    guard try !receiver.isOccupied(Self.slot) else { return false }
    guard let line = try spool.line(of: id, limit: lineLimit),
      let envelope = unsafe try? reader.openEnvelope(line.span.bytes), let range = envelope.message
    else { throw .invalid }
    guard envelope.canary == nil else {
      // A probe: who sent it has long given it up.
      record.write("probe-dropped", id: id)
      try spool.remove(id)
      return true
    }
    if !isUnderway {
      try draft(id, Array(line[range]) + [UInt8(ascii: "\n")], envelope.origin, receiver)
      StopPoint.returning.pass()
      try spool.turn(id, to: .laying)
      StopPoint.returning.pass()
    }
    guard try receiver.layReturn(id, slot: Self.slot) == .laid else {
      try spool.turn(id, to: .turned)
      return false
    }
    StopPoint.returned.pass()
    try concludeReturn(id, envelope.origin, isLate: false)
    return true
  }

  private func draft(
    _ id: String, _ bytes: [UInt8], _ origin: Envelope.Origin?, _ receiver: FileDropReceiver
  ) throws(Errno) {
    // A line of a FIFO has no writer.
    let writer = origin.flatMap { $0.attestation == "none" ? nil : $0 }
    let mode = writer.map { $0.mode & 0o777 } ?? 0
    let isOwned = try receiver.draftReturn(
      bytes, id: id, mode: mode == 0 ? 0o644 : mode, owner: writer.map { Owner(uid: $0.uid, gid: $0.gid) },
      slot: Self.slot)
    guard !isOwned, let writer, returning?.hasSpokenOfOwner == false else { return }
    returning?.hasSpokenOfOwner = true
    log(
      "what goes back to \(layout.legacyInput) is uid \(Process.effectiveUser)'s, and not its writers' (such as uid"
        + " \(writer.uid)): only root, or a relay with CAP_CHOWN, can give files away")
  }

  /// - Parameter isLate: it was laid by an earlier process, which did not come to say so.
  private func concludeReturn(_ id: String, _ origin: Envelope.Origin?, isLate: Bool) throws(Errno) {
    record.write("returned", id: id) { json in
      json.member("path", layout.legacyInput)
      if let origin, origin.attestation != "none" { json.member("uid", Int64(origin.uid)) }
      if isLate { json.member("late", true) }
    }
    try spool.remove(id)
    book.account.paths[layout.legacyInput, default: RelayAccount.Path()].returned += 1
    balance()
  }

  private func complain(_ text: String) {
    if !text.isEmpty, returning?.complaint != text { log(text) }
    returning?.complaint = text
  }
}
