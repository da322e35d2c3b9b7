internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// What the relay counts, and the times that it has missed.
extension Relay {
  /// Overflows that follow each other are one time, told when it is over or after this long (nanoseconds).
  private static let longestOverflow: Int64 = 60_000_000_000
  /// Nanoseconds by which the clock may be corrected unnoticed.
  private static let longestStep: Int64 = 2_000_000_000
  private static let overflowRest: Int64 = 5_000_000_000

  func beginAccount() {
    receiver?.counted = { [unowned self] slot, count in
      var counts = book.account.paths[slot.path] ?? RelayAccount.Path()
      switch count {
      case .taken: counts.claimed += 1
      case .empty: counts.empty += 1
      case .overwritten(let number): counts.overwritten += Int64(number)
      }
      book.account.paths[slot.path] = counts
    }
    receiver?.overflowed = { [unowned self] since in
      overflow = (from: min(overflow?.from ?? since, since), to: Clock.realtime)
      // Written at once: a relay that is killed before it tells of it has missed it all the same.
      book.account.overflowSince = overflow?.from
      book.keep(at: Clock.realtime)
    }
    let now = Clock.realtime
    if let absence = book.earlier?.absence(until: now, isHolding: isHolding) { tell(absence) }
    book.account.ingress = channel.legacy.ingress.rawValue
    book.account.consume = channel.legacy.consume.rawValue
    book.account.heldSince = isHolding ? book.earlier?.heldSince ?? now : nil
    book.account.overflowSince = nil
    beginTaking(at: now)
    book.keep(at: now)
  }

  private func beginTaking(at now: Int64) {
    if !isHolding, book.account.takingSince == nil { book.account.takingSince = now }
  }

  /// A step of the clock, or a time in which the system slept, is none in which anybody watched.
  private func noticeClock(_ now: Int64) {
    let difference = now - Clock.monotonic
    defer { clockDifference = difference }
    guard let before = clockDifference, difference - before > Self.longestStep, !isHolding else { return }
    tell(
      RelayAccount.Absence(
        from: now - (difference - before), to: now, reason: "the clock was set forward, or the system slept"))
  }

  func keepAccount() {
    let now = Clock.realtime
    book.account.trouble = record.trouble
    noticeClock(now)
    if let overflow, now - overflow.to > Self.overflowRest || now - overflow.from > Self.longestOverflow {
      self.overflow = nil
      book.account.overflowSince = nil
      tell(RelayAccount.Absence(from: overflow.from, to: overflow.to, reason: "overflow of the watch's queue"))
    }
    book.keep(at: now)
  }

  func endAccount(_ ending: String?) {
    if let overflow {
      tell(RelayAccount.Absence(from: overflow.from, to: overflow.to, reason: "overflow of the watch's queue"))
    }
    overflow = nil
    book.account.overflowSince = nil
    book.account.ending = ending
    book.keep(at: Clock.realtime)
  }

  func accountHolding(_ holding: Bool) {
    let now = Clock.realtime
    // Written at once: a relay that is killed now has taken drops, or left them alone, from here on.
    defer { book.keep(at: now) }
    if holding, book.account.heldSince == nil { book.account.heldSince = now }
    guard !holding, let since = book.account.heldSince else { return }
    book.account.heldSince = nil
    beginTaking(at: now)
    tell(RelayAccount.Absence(from: min(since, now), to: now, reason: RelayAccount.held))
  }

  /// Hands a time without the relay to the server, as durably as a message.
  private func tell(_ absence: RelayAccount.Absence) {
    let claim = ClaimName.next(prefix: "g", after: &lastGap)
    let id = "\(claim)-0"
    do throws(Errno) {
      guard try spool.put(id, RelayWords.gap(id: id, from: absence.from, to: absence.to, reason: absence.reason))
      else { return }
      // After that, so that what the record says was handed in has an end, whenever the process is killed.
      record.write("gap", id: id) { json in
        json.member("from", Timestamp(nanoseconds: absence.from).description)
        json.member("to", Timestamp(nanoseconds: absence.to).description)
        json.member("reason", absence.reason)
      }
      queue.add(id)
      queue.retired(claim)
    } catch { log("cannot spool the gap \(id): \(error)") }
    deliver()
  }

  // MARK: Replies

  /// Leaves the reply to a settled message where its writer looks for it; only its writer can read it.
  func leaveReply(_ reply: [UInt8], to id: String) {
    guard let path = layout.legacyReply, let slash = path.lastIndex(of: "/"),
      let line = try? spool.line(of: id, limit: channel.limits.message.bytes + 65536),
      let envelope = unsafe try? reader.openEnvelope(line.span.bytes)
    else { return }
    // Of a file that several could write, the owner may be another than the writer.
    guard let origin = envelope.origin, origin.attestation == "owner" else { return }
    let name = String(path[path.index(after: slash)...]).replacing("{uid}", with: "\(origin.uid)")
    if let trouble = receiver?.leave(reply, named: name, for: Owner(uid: origin.uid, gid: origin.gid)) {
      book.account.repliesLost += 1
      if book.account.repliesLost.nonzeroBitCount == 1 {
        log("a reply was not left (\(book.account.repliesLost) so far): \(trouble)")
      }
    } else {
      book.account.repliesLeft += 1
    }
  }
}
