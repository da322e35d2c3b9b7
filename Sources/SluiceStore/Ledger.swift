/// How messages of one route ended, in one generation.
///
/// `accepted = handled + rejected + quarantined + pending`; failed calls are among the handled ones (the handler
/// answered or ended, and its caller was told), canaries are counted apart from all of them.
package struct LedgerEntry: Equatable, Sendable {
  package var route: String
  package var generation: Int64
  package var accepted: Int64 = 0
  package var handled: Int64 = 0
  package var failed: Int64 = 0
  package var rejected: Int64 = 0
  package var quarantined: Int64 = 0
  package var canaries: Int64 = 0

  package init(route: String, generation: Int64) {
    self.route = route
    self.generation = generation
  }

  package var pending: Int64 { accepted - handled - rejected - quarantined }

  package mutating func add(_ other: LedgerEntry) {
    accepted += other.accepted
    handled += other.handled
    failed += other.failed
    rejected += other.rejected
    quarantined += other.quarantined
    canaries += other.canaries
  }

  package var isEmpty: Bool {
    accepted == 0 && handled == 0 && failed == 0 && rejected == 0 && quarantined == 0 && canaries == 0
  }
}

/// What became of one message that carries an id.
package struct Outcome: Equatable, Sendable {
  package enum Kind: String, Sendable {
    /// Given to a handler that has not answered yet. Found after a crash, it means: may have acted.
    case started
    case handled
    case failed
    case rejected
    case quarantined
    case canary
  }
  package let id: String
  package let route: String
  package let kind: Kind

  package init(id: String, route: String, kind: Kind) {
    self.id = id
    self.route = route
    self.kind = kind
  }
}

extension State {
  /// Records outcomes and counts in one transaction, with the place in the audit log up to which they are counted.
  ///
  /// The audit log is written first and is the write-ahead log of the ledger: after a crash the records behind
  /// `auditPosition` are read again, and an id that is known already is not counted twice.
  package func commit(
    outcomes: [Outcome], counts: [LedgerEntry], auditPosition: Int64?, at time: Int64, writers: [WriterCount] = [],
    drops: [DropCount] = [], gaps: [RelayGap] = [], forgotten: [String] = []
  ) throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      var sums = OutcomeSums()
      try remove(ids: forgotten, &sums)
      try keep(outcomes, at: time, &sums)
      try carry(sums, upTo: auditPosition)
      try add(counts)
      try add(writers: writers)
      try add(drops: drops)
      try add(gaps: gaps)
      if let auditPosition { try setFact("audit-position", auditPosition) }
    }
  }

  private func keep(_ outcomes: [Outcome], at time: Int64, _ sums: inout OutcomeSums) throws(StoreFailure) {
    guard !outcomes.isEmpty else { return }
    let insert = try database.statement("INSERT OR IGNORE INTO outcomes VALUES(?,?,?,?)")
    let change = try database.statement("UPDATE outcomes SET outcome=?, at=? WHERE id=?")
    for outcome in outcomes {
      try insert.bind(.text(outcome.id), .text(outcome.route), .text(outcome.kind.rawValue), .integer(time)).run()
      if database.changes > 0 {
        sums.add(outcome.id)
      } else {
        try change.bind(.text(outcome.kind.rawValue), .integer(time), .text(outcome.id)).run()
      }
    }
  }

  private func add(_ counts: [LedgerEntry]) throws(StoreFailure) {
    let statement = try database.statement(
      """
      INSERT INTO ledger VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT(route, generation) DO UPDATE SET
      accepted=accepted+?3, handled=handled+?4, failed=failed+?5, rejected=rejected+?6, quarantined=quarantined+?7,
      canaries=canaries+?8
      """)
    for entry in counts where !entry.isEmpty {
      try statement.bind(
        .text(entry.route), .integer(entry.generation), .integer(entry.accepted), .integer(entry.handled),
        .integer(entry.failed), .integer(entry.rejected), .integer(entry.quarantined), .integer(entry.canaries)
      ).run()
    }
  }

  /// All rows, oldest generation first.
  package func ledger() throws(StoreFailure) -> [LedgerEntry] {
    try database.statement(
      """
      SELECT route, generation, accepted, handled, failed, rejected, quarantined, canaries FROM ledger
      ORDER BY generation, route
      """
    ).all { row in
      var entry = LedgerEntry(route: row.text(0) ?? "", generation: row.integer(1))
      entry.accepted = row.integer(2)
      entry.handled = row.integer(3)
      entry.failed = row.integer(4)
      entry.rejected = row.integer(5)
      entry.quarantined = row.integer(6)
      entry.canaries = row.integer(7)
      return entry
    }
  }

  /// The outcome kept for an id, nil when the id is unknown.
  package func outcome(of id: String) throws(StoreFailure) -> Outcome.Kind? {
    try database.statement("SELECT outcome FROM outcomes WHERE id=?").bind(.text(id)).first { $0.text(0) ?? "" }
      .flatMap(Outcome.Kind.init(rawValue:))
  }

  /// Every id with its outcome.
  package func outcomes() throws(StoreFailure) -> [String: Outcome.Kind] {
    var known: [String: Outcome.Kind] = [:]
    for (id, kind) in try database.statement("SELECT id, outcome FROM outcomes").all({
      ($0.text(0) ?? "", $0.text(1) ?? "")
    }) {
      known[id] = Outcome.Kind(rawValue: kind)
    }
    return known
  }

  /// Forgets ids that can never come again, because their claim is gone.
  package func forget(ids: [String]) throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      var sums = OutcomeSums()
      try remove(ids: ids, &sums)
      try carry(sums, upTo: nil)
    }
  }

  private func remove(ids: [String], _ sums: inout OutcomeSums) throws(StoreFailure) {
    guard !ids.isEmpty else { return }
    let statement = try database.statement("DELETE FROM outcomes WHERE id=?")
    for id in ids {
      try statement.bind(.text(id)).run()
      if database.changes > 0 { sums.remove(id) }
    }
  }
}

extension LedgerEntry {
  /// Counts one message's end.
  package mutating func add(_ kind: Outcome.Kind) {
    switch kind {
    case .started: return
    case .canary:
      canaries += 1
      return
    case .handled: handled += 1
    case .failed:
      handled += 1
      failed += 1
    case .rejected: rejected += 1
    case .quarantined: quarantined += 1
    }
    accepted += 1
  }
}

extension State {
  /// The ledger and the place in the audit log up to which it counts, as they belong together.
  package func ledgerWithPosition() throws(StoreFailure) -> ([LedgerEntry], Int64) {
    try atOneMoment { () throws(StoreFailure) in (try ledger(), try fact("audit-position") ?? 0) }
  }

  /// Reads several things as they stood at one moment.
  package func atOneMoment<Result>(_ body: () throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try database.execute("BEGIN")
    do throws(StoreFailure) {
      let result = try body()
      try database.execute("COMMIT")
      return result
    } catch {
      try? database.execute("ROLLBACK")
      throw error
    }
  }
}
