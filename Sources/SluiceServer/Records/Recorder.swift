internal import SluiceChannel
internal import SluicePolicy
internal import SluiceReactor
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// Records how messages end: in the audit log at once, in the ledger in batches.
///
/// The audit log comes first and is the ledger's write-ahead log, so a count or an outcome that a kill took from the
/// database is read again from the log (`LedgerReplay`). What may only happen when an outcome is durable, such as
/// acknowledging it or letting go of the original, waits here for its commit. Commits are made by the database's
/// thread, one at a time, each with all that gathered meanwhile.
final class Recorder {
  private static let countInterval: Int64 = 200_000_000
  private static let flushInterval: Int64 = 10_000_000
  private static let retryInterval: Int64 = 1_000_000_000

  private let audit: AuditLog
  private let reactor: Reactor
  private let worker: BlockingWorker<Commit>
  private let sealInterval: Int64
  private var line = RecordLine()
  private var head = RecordHead()
  /// CLOCK_REALTIME minus CLOCK_MONOTONIC, read once a turn: a message's end is one look at one clock.
  private var clockDifference: Int64?
  private var generation: Int64
  private var counts: Tally
  /// Rows of a generation that ended while a commit was on its way.
  private var earlier: [LedgerEntry] = []
  private var writers = WriterTally()
  private var outcomes: [Outcome] = []
  private var forgotten: [String] = []
  private var waiting: [() -> Void] = []
  private var committing: (commit: Commit, done: [() -> Void])?
  private var commitNumber: Int64 = 0
  private var hasDirtyCounts = false
  private var isPushScheduled = false
  private var isFlushScheduled = false
  private var isSealScheduled = false
  /// Outcomes of ids that may come again: what is committed and what is on its way.
  private(set) var known: [String: Outcome.Kind]
  /// Everything since the start of this process, by route: the live side of `status`.
  private(set) var totals = Tally(generation: 0)
  private(set) var trouble: String?

  init(
    audit: AuditLog, state: sending State, known: [String: Outcome.Kind], generation: Int64, sealInterval: Int64,
    reactor: Reactor
  ) throws(Errno) {
    self.audit = audit
    self.known = known
    self.generation = generation
    counts = Tally(generation: generation)
    self.sealInterval = sealInterval
    self.reactor = reactor
    let thread = CommitThread(state)
    let reports = try Mailbox<CommitReport>()
    worker = try BlockingWorker("ledger") { commits in for commit in commits { reports.post(thread.run(commit)) } }
    try reports.attach(to: reactor) { [unowned self] report in self.take(report) }
    reactor.atEndOfTurn { [unowned self] in self.endTurn() }
  }

  func begin(generation: Int64) {
    // Rows of the old generation go out with it.
    pushCounts()
    earlier += counts.entries
    self.generation = generation
    counts = Tally(generation: generation)
  }

  // MARK: Recording

  /// Records an ending; `committed` runs once its outcome is durable, which only an ending with an id has.
  func record(_ ending: borrowing Ending, committed: (() -> Void)? = nil) {
    let now = Clock.monotonic
    let time = realtime(at: now)
    head.prepare(time: time, kind: ending.kind, sender: ending.sender, generation: generation)
    line.compose(ending, sequence: audit.nextSequence(), head: head.line, now: now)
    write()
    count(ending, at: time)
    if let id = ending.id {
      outcomes.append(Outcome(id: id, route: ending.sender.route.rawValue, kind: ending.kind))
      known[id] = ending.kind
      if let committed { waiting.append(committed) }
    }
  }

  /// Records that a handler is about to be given a message that may act: `committed` runs when that is durable.
  func intend(id: String, route: TransportKind, committed: @escaping () -> Void) {
    outcomes.append(Outcome(id: id, route: route.rawValue, kind: .started))
    known[id] = .started
    waiting.append(committed)
  }

  /// Records something of the service's own life.
  func note(_ event: StaticString, _ members: (inout RecordLine) -> Void) {
    line.begin(sequence: audit.nextSequence())
    line.moment(Timestamp(nanoseconds: Clock.realtime / 1_000_000 * 1_000_000).bytes, event: event)
    members(&line)
    line.end()
    write()
  }

  /// Forgets ids that can never come again.
  func forget(_ predicate: (String) -> Bool) {
    let gone = known.keys.filter(predicate)
    guard !gone.isEmpty else { return }
    for id in gone { known[id] = nil }
    let set = Set(gone)
    outcomes.removeAll { set.contains($0.id) }
    forgotten.append(contentsOf: gone)
    hasDirtyCounts = true
    if !isPushScheduled { schedulePush() }
  }

  private func realtime(at now: Int64) -> Int64 {
    if let clockDifference { return now + clockDifference }
    let time = Clock.realtime
    clockDifference = time - now
    return time
  }

  private func write() {
    do throws(Errno) {
      try line.withBytes { bytes throws(Errno) in try audit.append(bytes) }
      if !isFlushScheduled {
        isFlushScheduled = true
        reactor.schedule(after: Self.flushInterval) { [unowned self] in flush() }
      }
    } catch { trouble = "cannot write the audit log: \(error)" }
  }

  private func flush() {
    isFlushScheduled = false
    do throws(Errno) {
      try audit.flush()
      trouble = nil
    } catch { trouble = "cannot write the audit log: \(error)" }
    if !isSealScheduled {
      isSealScheduled = true
      reactor.schedule(after: sealInterval) { [unowned self] in
        isSealScheduled = false
        try? audit.seal()
      }
    }
  }

  private func count(_ ending: borrowing Ending, at time: Int64) {
    guard ending.kind != .started else { return }
    counts.count(ending.kind, on: ending.sender.route)
    totals.count(ending.kind, on: ending.sender.route)
    if ending.kind != .canary, let uid = ending.sender.principal.uid {
      writers.count(uid, on: ending.sender.route, at: time)
    }
    hasDirtyCounts = true
    if !isPushScheduled { schedulePush() }
  }

  private func schedulePush() {
    isPushScheduled = true
    reactor.schedule(after: Self.countInterval) { [unowned self] in
      isPushScheduled = false
      pushCounts()
    }
  }

  // MARK: Committing

  private func endTurn() {
    clockDifference = nil
    if committing == nil, !outcomes.isEmpty || !waiting.isEmpty { push() }
  }
  private func pushCounts() { if committing == nil, hasDirtyCounts { push() } }

  private func push() {
    commitNumber += 1
    let commit = Commit(
      number: commitNumber, outcomes: outcomes, counts: earlier + counts.entries, writers: writers.take(),
      forgotten: forgotten, auditPosition: audit.position)
    committing = (commit, waiting)
    outcomes = []
    counts = Tally(generation: generation)
    earlier = []
    forgotten = []
    waiting = []
    hasDirtyCounts = false
    // The position that the commit names must be in the file or its mapping before the database says so: it is, since
    // records are stored in the mapping the moment they are made.
    worker.post(commit)
  }

  private func take(_ report: CommitReport) {
    guard let current = committing else { return }
    switch report {
    case .done:
      committing = nil
      if trouble?.hasPrefix("cannot commit") == true { trouble = nil }
      for body in current.done { body() }
      if !outcomes.isEmpty || !waiting.isEmpty { push() } else if !isPushScheduled { pushCounts() }
    case .failed(_, let text):
      // Nothing is let go of until this went through: the messages' originals are our memory.
      trouble = "cannot commit to the ledger: \(text)"
      reactor.schedule(after: Self.retryInterval) { [unowned self] in
        if let current = committing { worker.post(current.commit) }
      }
    }
  }

  /// Whether everything recorded is committed.
  var isSettled: Bool { committing == nil && outcomes.isEmpty && waiting.isEmpty && !hasDirtyCounts }

  /// Pushes what gathered, for an orderly end.
  func settle() { if committing == nil, !isSettled { push() } }

  /// Writes out and seals, for an orderly end.
  func close() {
    try? audit.seal()
    worker.end()
  }
}
