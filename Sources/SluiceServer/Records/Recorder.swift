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
  /// Bytes of the audit log that may be ahead of the ledger: a start after a kill reads them again, record by record.
  static let countLimit: Int64 = 1 << 20
  private static let flushInterval: Int64 = 10_000_000
  static let retryInterval: Int64 = 1_000_000_000
  /// Refusals whose records wait to be written: what is refused while nothing can be recorded is the callers' choice.
  private static let mostUnrecorded = 1000

  let audit: AuditLog
  let reactor: Reactor
  let worker: BlockingWorker<Commit>
  private let sealInterval: Int64
  let files: AuditSettings
  /// What all records so far add up to.
  var account: [LedgerEntry]
  var book: Daybook
  /// How long CLOCK_REALTIME minus CLOCK_MONOTONIC is kept: a step of the clock is seen in the records after that.
  private static let clockInterval: Int64 = 10_000_000
  /// That difference, so that a message's end is one look at one clock, and when it is read again.
  private var clockDifference: Int64 = 0
  private var nextClockReading: Int64 = .min
  var outcomes: [Outcome] = []
  var gaps: [RelayGap] = []
  var forgotten: [String] = []
  var waiting: [() -> Void] = []
  var committing: (commit: Commit, done: [() -> Void])?
  var commitNumber: Int64 = 0
  var pushedPosition: Int64
  var unrecorded: [(Ending, (() -> Void)?)] = [] {
    didSet { canRecord = unrecorded.isEmpty }
  }
  /// Refusals beyond that, which are only counted.
  private var uncounted: Int64 = 0
  /// Whether records can be written: while they cannot, nothing new may be handled.
  private(set) var canRecord = true
  var hasDirtyCounts = false
  var isPushScheduled = false
  private var isFlushScheduled = false
  private var isSealScheduled = false
  /// Outcomes of ids that may come again: what is committed and what is on its way.
  private(set) var known: [String: Outcome.Kind]
  /// Everything since the start of this process, by route: the live side of `status`.
  var totals: Tally { book.totals }
  var trouble: String?
  /// Of the log's name, and the foreign file that is kept; see `watchFile`.
  var logWatch: LogWatch?
  /// Another process may be writing the log: nothing is added here.
  var isGivenAway = false

  init(
    audit: AuditLog, state: sending State, known: [String: Outcome.Kind], generation: Int64, account: [LedgerEntry],
    settings: AuditSettings, reactor: Reactor
  ) throws(Errno) {
    self.audit = audit
    self.known = known
    pushedPosition = audit.position
    book = Daybook(generation: generation)
    sealInterval = settings.seal.nanoseconds
    files = settings
    self.account = account
    self.reactor = reactor
    let thread = CommitThread(state)
    let reports = try Mailbox<CommitReport>()
    worker = try BlockingWorker("ledger") { commits in for commit in commits { reports.post(thread.run(commit)) } }
    try reports.attach(to: reactor) { [unowned self] report in self.take(report) }
    reactor.atEndOfTurn { [unowned self] in self.endTurn() }
  }

  func begin(generation: Int64) {
    book.begin(generation: generation)
    pushCounts()
  }

  // MARK: Recording

  /// Records an ending; `committed` runs once its outcome is durable, which only an ending with an id has.
  func record(_ ending: borrowing Ending, committed: (() -> Void)? = nil) {
    let now = Clock.monotonic
    let time = realtime(at: now)
    do throws(Errno) { try book.enter(ending, now: now, time: time, in: audit) } catch {
      trouble = Self.sentence(error)
      keepForLater(copy ending, committed)
      return
    }
    StopPoint.recorded.pass()
    if !isFlushScheduled { scheduleFlush() }
    hasDirtyCounts = true
    if !isPushScheduled { schedulePush() }
    if !ending.isPlain, let id = ending.id {
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
    guard !isGivenAway else { return }
    do throws(Errno) { try book.note(event, time: Clock.realtime, in: audit, members) } catch {
      trouble = Self.sentence(error)
      return
    }
    if !isFlushScheduled { scheduleFlush() }
  }

  /// Records a time without the relay, once; `committed` runs when that is durable. False: try again later.
  func gap(_ gap: RelayGap, committed: @escaping () -> Void) -> Bool {
    do throws(Errno) {
      try book.note("relay-gap", time: Clock.realtime, in: audit) { line in
        line.member("id", gap.id)
        line.member("from", Timestamp(nanoseconds: gap.from).description)
        line.member("to", Timestamp(nanoseconds: gap.to).description)
        line.member("began", gap.from)
        line.member("ended", gap.to)
        line.member("reason", gap.reason)
      }
    } catch {
      trouble = Self.sentence(error)
      return false
    }
    gaps.append(gap)
    outcomes.append(Outcome(id: gap.id, route: TransportKind.fileDrop.rawValue, kind: .handled))
    known[gap.id] = .handled
    waiting.append(committed)
    if !isFlushScheduled { scheduleFlush() }
    return true
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
    if now >= nextClockReading {
      clockDifference = Clock.realtime - now
      nextClockReading = now + Self.clockInterval
    }
    return now + clockDifference
  }

  /// Endings whose records could not be written: tried again until they are, and nothing is let go of meanwhile.
  private func keepForLater(_ ending: Ending, _ committed: (() -> Void)?) {
    if ending.kind == .rejected, ending.id == nil, unrecorded.count >= Self.mostUnrecorded {
      uncounted += 1
      return
    }
    unrecorded.append((ending, committed))
    guard unrecorded.count == 1 else { return }
    reactor.schedule(after: Self.retryInterval) { [unowned self] in recordKept() }
  }

  private func recordKept() {
    let kept = unrecorded
    unrecorded = []
    for (index, entry) in kept.enumerated() {
      // The first that fails again is kept, and all behind it.
      guard canRecord else {
        unrecorded += kept[index...]
        return
      }
      record(entry.0, committed: entry.1)
    }
    guard canRecord, uncounted > 0 else { return }
    note("unrecorded") { line in
      line.member("count", uncounted)
      line.member("reason", "refused while the log could not be written")
    }
    uncounted = 0
  }

  static func sentence(_ error: Errno) -> String { "cannot write the audit log: \(error)" }

  private func scheduleFlush() {
    isFlushScheduled = true
    reactor.schedule(after: Self.flushInterval) { [unowned self] in flush() }
  }

  /// Writes out what is stored, for somebody who is about to read the log.
  func flushNow() {
    do throws(Errno) { try audit.flush() } catch { trouble = Self.sentence(error) }
  }

  private func flush() {
    isFlushScheduled = false
    do throws(Errno) {
      try audit.flush()
      trouble = nil
    } catch { trouble = Self.sentence(error) }
    if !isSealScheduled {
      isSealScheduled = true
      reactor.schedule(after: sealInterval) { [unowned self] in
        isSealScheduled = false
        if !isGivenAway { try? audit.seal() }
      }
    }
  }

  func schedulePush() {
    isPushScheduled = true
    reactor.schedule(after: Self.countInterval) { [unowned self] in
      isPushScheduled = false
      pushCounts()
    }
  }
}
