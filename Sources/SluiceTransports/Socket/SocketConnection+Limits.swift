internal import SluicePolicy
internal import SluiceReactor
internal import SluiceWire
internal import SluiceSystem

/// What a connection knows of its own waiting, and the one timer that looks at it.
struct DeadlineWatch {
  var facts = ConnectionDeadlines.Facts(connected: 0)
  fileprivate var timer: TimerQueue.Ticket?
  fileprivate var lookAt: Int64 = .max
}

/// How long a peer may keep us waiting, and how many bytes are kept for it.
extension SocketConnection {
  /// Output that is not asked about: within one turn a batch of replies gathers, and the kernel mostly takes it.
  static let smallOutput = 1 << 16
  /// A message that has not ended and is no larger than this is never refused for want of room.
  static let smallMessage = 1 << 14
  /// How long a stranger may stay (nanoseconds).
  private static let strangerStay: Int64 = 2_000_000_000

  /// Bytes of replies that may wait: the setting, or what its user's share leaves.
  var outputBound: Int {
    guard let uid = principal.uid else { return listener.settings.outputBound }
    return min(listener.settings.outputBound, max(Self.smallOutput, listener.bufferRoom(for: uid) + kept))
  }

  /// Bytes of the next read: few where the last one brought many messages, so that the turn of a peer that sends
  /// thousands at once is about as long as that of any other. Large messages still come in large reads.
  var readLimit: Int { readsLittle ? 1 << 13 : listener.readBuffer.capacity }

  /// Learns from a read what came, at its end and not at each message.
  func noteMessages(of count: Int, limit: Int, pendingBefore: Int) {
    let pending = framer.pendingCount
    readsLittle = count >= limit && pending < 1 << 12 && framer.isEmpty == (pending == 0)
    // Bytes that neither wait nor are skipped ended the message that had begun.
    let isSkipping = pending == 0 && !framer.isEmpty
    if deadlineWatch.facts.messageBegan != nil, !isSkipping, pending < pendingBefore + count {
      deadlineWatch.facts.messageBegan = nil
    }
  }

  // MARK: Bytes

  /// Counts what is kept at the end of a turn. A peer over its user's share is slowed where it can help itself by
  /// reading, and told the limit where it has sent too much.
  func countKept() {
    guard !isEnded, http == nil else { return }
    let pending = framer.pendingCount
    let now = pending + waiting
    if now != kept {
      let difference = now - kept
      kept = now
      if let uid = principal.uid, !listener.keep(difference, for: uid), difference > 0 { bound(pending, uid) }
    }
    watchProgress()
  }

  private func bound(_ pending: Int, _ uid: UInt32) {
    if waiting > outputBound, !isHeldForRoom {
      isHeldForRoom = true
      listener.sink.limited(LimitHit(.bytes, uid: uid, "uid \(uid) leaves too many replies unread: reading less of it"))
    }
    guard pending > Self.smallMessage, !hasHeldLines, !isPaused else { return }
    framer.skipMessage()
    listener.sink.limited(LimitHit(.bytes, uid: uid, "too many bytes of unfinished messages of uid \(uid)"))
    session?.faulted(
      Refusal(.tooMany, "too many bytes of unfinished messages of uid \(uid)", retryAfterMilliseconds: 1000))
  }

  /// Notes since when a message has not ended and replies have not been read.
  private func watchProgress() {
    let isPartial = !framer.isEmpty && !hasHeldLines && !isPaused
    if isPartial == (deadlineWatch.facts.messageBegan != nil),
      (waiting > 0) == (deadlineWatch.facts.blockedSince != nil)
    {
      return
    }
    if !isPartial {
      deadlineWatch.facts.messageBegan = nil
    } else if deadlineWatch.facts.messageBegan == nil {
      deadlineWatch.facts.messageBegan = listener.reactor.turnTime
    }
    if waiting == 0 {
      deadlineWatch.facts.blockedSince = nil
    } else if deadlineWatch.facts.blockedSince == nil {
      deadlineWatch.facts.blockedSince = listener.reactor.turnTime
    }
    watchDeadlines()
  }

  // MARK: Deadlines

  func noteRead() {
    let isFirst = deadlineWatch.facts.lastRead == nil
    deadlineWatch.facts.lastRead = listener.reactor.turnTime
    if isFirst, listener.settings.deadlines.idle != nil { watchDeadlines() }
  }

  private var deadlines: ConnectionDeadlines {
    guard isStranger else {
      let deadlines = listener.settings.deadlines
      return http == nil ? deadlines : httpDeadlines(deadlines)
    }
    let stay = Self.strangerStay
    return ConnectionDeadlines(firstByte: stay, idle: stay, unfinished: stay, stalled: stay)
  }

  /// Sets the timer for what may run out next. It is not set anew at each message: when it comes, it looks again.
  func watchDeadlines() {
    if deadlineWatch.facts.connected == 0 { deadlineWatch.facts.connected = listener.reactor.turnTime }
    deadlineWatch.facts.calls = calls
    let now = listener.reactor.turnTime
    guard !isEnded, case .lookAgain(let time) = deadlines.verdict(deadlineWatch.facts, now: now),
      time < deadlineWatch.lookAt
    else {
      return
    }
    setTimer(at: time, now)
  }

  private func setTimer(at time: Int64, _ now: Int64) {
    stopWatching()
    deadlineWatch.lookAt = time
    // Not weak, which would make every other reference to it slow: it is cancelled before the connection goes.
    deadlineWatch.timer = listener.reactor.schedule(after: max(1_000_000, time - now)) { [unowned self] in look() }
  }

  private func look() {
    deadlineWatch.timer = nil
    deadlineWatch.lookAt = .max
    guard !isEnded else { return }
    deadlineWatch.facts.calls = calls
    let now = listener.reactor.turnTime
    switch deadlines.verdict(deadlineWatch.facts, now: now) {
    case .end(let limit): end(limit)
    case .lookAgain(let time): setTimer(at: time, now)
    case .rest:
      // Calls are in flight: what was due waits for them.
      if calls > 0, deadlines.idle != nil { setTimer(at: now + (deadlines.idle ?? 0), now) }
    }
  }

  func stopWatching() {
    if let timer = deadlineWatch.timer { listener.reactor.cancel(timer) }
    deadlineWatch.timer = nil
    deadlineWatch.lookAt = .max
  }

  private func end(_ limit: Limit) {
    let who = principal.uid.map { "uid \($0)" } ?? "a peer"
    let text =
      switch limit {
      case .firstByte: "said nothing in time after connecting"
      case .unfinished: "did not end a message in time"
      case .stalled: "left \(waiting) bytes of replies unread for too long"
      default: "was silent for too long"
      }
    if limit == .firstByte || limit == .unfinished, waiting == 0 {
      refuse(
        Refusal(
          .tooSlow, limit == .firstByte ? "no message came in time" : "the message did not end in time"))
    }
    listener.sink.limited(LimitHit(isStranger ? .strangers : limit, uid: principal.uid, "\(who) \(text)"))
    end()
  }

  /// Gives back what was counted, at the end.
  func forgetKept() {
    if kept != 0, let uid = principal.uid { _ = listener.keep(-kept, for: uid) }
    kept = 0
  }
}
