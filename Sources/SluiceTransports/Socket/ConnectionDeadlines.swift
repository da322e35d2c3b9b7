internal import SluicePolicy

/// How long a connection may keep us waiting; nanoseconds, nil for ever.
package struct ConnectionDeadlines: Sendable, Equatable {
  /// From connecting to the first byte.
  package var firstByte: Int64?
  /// Between messages, while nothing is owed to the peer.
  package var idle: Int64?
  /// From the first byte of a message to its last.
  package var unfinished: Int64?
  /// Without a byte read, for a peer that has replies waiting.
  package var stalled: Int64?

  package init(firstByte: Int64? = nil, idle: Int64? = nil, unfinished: Int64? = nil, stalled: Int64? = nil) {
    self.firstByte = firstByte
    self.idle = idle
    self.unfinished = unfinished
    self.stalled = stalled
  }

  /// What a connection is doing, in monotonic nanoseconds.
  struct Facts: Equatable {
    var connected: Int64
    /// nil while nothing was read.
    var lastRead: Int64?
    /// When the message began that has not ended, where it is the peer's turn to end it.
    var messageBegan: Int64?
    /// Since when replies wait without one byte of them being read.
    var blockedSince: Int64?
    /// Calls without an answer.
    var calls = 0
  }

  enum Verdict: Equatable {
    case end(Limit)
    /// Look again then.
    case lookAgain(at: Int64)
    /// Nothing can run out until something happens.
    case rest
  }

  /// One look at a connection: what ran out, or when the next thing may.
  func verdict(_ facts: Facts, now: Int64) -> Verdict {
    var next: Int64?
    func hasPassed(_ start: Int64?, _ limit: Int64?) -> Bool {
      guard let start, let limit else { return false }
      let (end, isBeyondTime) = start.addingReportingOverflow(limit)
      guard !isBeyondTime else { return false }
      if end <= now { return true }
      next = min(next ?? end, end)
      return false
    }
    if hasPassed(facts.blockedSince, stalled) { return .end(.stalled) }
    if hasPassed(facts.messageBegan, unfinished) { return .end(.unfinished) }
    if facts.calls == 0, facts.blockedSince == nil {
      if let lastRead = facts.lastRead {
        if hasPassed(lastRead, idle) { return .end(.idle) }
      } else if hasPassed(facts.connected, firstByte ?? idle) {
        return .end(firstByte == nil ? .idle : .firstByte)
      }
    }
    return next.map { .lookAgain(at: $0) } ?? .rest
  }
}
