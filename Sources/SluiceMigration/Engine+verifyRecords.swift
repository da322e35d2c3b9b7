internal import SluiceChannel
internal import SluiceRelay
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem

/// The ledger against the audit log, and what the relay saw against both.
extension Engine {
  /// How long a message may be between two logs before it counts as lost (nanoseconds).
  private static let settling: Int64 = 2_000_000_000

  /// What the database says of one moment.
  private struct Books {
    var ledger: [LedgerEntry] = []
    var position: Int64 = 0
    var known: [String: Outcome.Kind] = [:]
    /// What was removed from the outcomes, or added, by somebody else; nil where an earlier version did not count them.
    var foreign: OutcomeSums.Difference?
    var drops: [DropCount] = []
    var gaps: [RelayGap] = []
    /// When the present phase began.
    var began: Int64 = 0
  }

  func verifyRecords(_ phase: Phase, _ scope: Scope, _ result: inout Verification) throws(MigrationFailure) {
    do throws(Errno) {
      let books = try books()
      let files = try AuditFiles(in: Directory.open(layout.logDirectory), name: "audit.jsonl")
      verifyChain("audit log", try files.verify(), &result)
      guard let books else { return }
      // A running server holds the last records back for a moment, until it is asked or the moment is over.
      for _ in 0..<100 where try files.end() < books.position {
        _ = observer.server()
        Wait.pause(nanoseconds: 10_000_000)
      }
      result.ledger = books.ledger
      verifyLedger(books, try LedgerFold.fold(files, upTo: books.position), &result)
      if let relay = try relayFiles() { verifyChain("relay's log", try relay.files.verify(), &result) }
      var census = try census(books)
      var doubts = doubts(about: census)
      let deadline = Clock.monotonic + Self.settling
      // While messages come in, some are between the logs at any moment: only one that stays there is in doubt.
      while !doubts.isEmpty, observer.server() != nil, Clock.monotonic < deadline {
        Wait.pause(nanoseconds: 50_000_000)
        census = try self.census(books)
        let again = self.doubts(about: census)
        doubts = doubts.filter { again[$0.key] == $0.value }
      }
      verifyOutcomes(books.foreign, census, &result)
      verifyEnds(census, doubts, &result)
      verifyGivenBack(census, since: scope.since, phase: phase, &result)
      verifyWitness(
        census, drops: books.drops, gaps: books.gaps, since: scope.since ?? books.began, phase: phase, &result)
    } catch {
      guard error != .permissionDenied else {
        throw MigrationFailure(.notPermitted, "not permitted to read \(layout.auditLog); run it as the channel's user")
      }
      let isAbsent = error == .noSuchFile
      result.add(
        .record, "audit log", isAbsent ? "absent: nothing was recorded yet" : "cannot be read: \(error)", .unproven)
    }
  }

  private func books() throws(Errno) -> Books? {
    do throws(StoreFailure) {
      guard let state = try observer.state() else { return nil }
      return try state.atOneMoment { () throws(StoreFailure) in
        var books = Books()
        books.ledger = try state.ledger().filter { !$0.isEmpty }
        books.position = try state.fact("audit-position") ?? 0
        books.known = try state.outcomes()
        books.foreign = try state.outcomeSums()?.difference(from: OutcomeSums(ids: books.known.keys))
        books.drops = try state.drops()
        books.gaps = try state.gaps(limit: State.mostGaps)
        books.began = try state.runs(limit: 100).first { $0.result == "done" && $0.source != $0.target }?.finished ?? 0
        return books
      }
    } catch { throw Errno.io }
  }

  private func relayFiles() throws(Errno) -> (files: AuditFiles, end: Int64)? {
    do throws(Errno) {
      let files = try AuditFiles(in: Directory.open(layout.logDirectory), name: "relay.jsonl")
      return (files, try files.end())
    } catch {
      if error == .noSuchFile { return nil }
      throw error
    }
  }

  /// The relay's log is behind the server's in each message's life: it is opened first.
  private func census(_ books: Books) throws(Errno) -> EndCensus {
    let relay = try relayFiles()
    // Asked for its status the server writes out what it holds back.
    _ = observer.server()
    let files = try AuditFiles(in: Directory.open(layout.logDirectory), name: "audit.jsonl")
    return try EndCensus.count(
      files, upTo: books.position, relay: relay, known: books.known, wanted: books.foreign?.numbers ?? [])
  }

  private func verifyChain(_ name: String, _ chain: AuditVerifier.Report, _ result: inout Verification) {
    if let fault = chain.fault { return result.add(.record, name, fault, .violated) }
    let open = chain.unsealed > 0 ? ", \(chain.unsealed) behind the last seal" : ""
    result.add(.record, name, "\(chain.records) records under \(chain.seals) seals, unbroken\(open)", .proven)
  }

  private func verifyLedger(_ books: Books, _ folded: [LedgerEntry], _ result: inout Verification) {
    var faulty: Set<String> = []
    for difference in LedgerFold.differences(books.ledger, folded.filter { !$0.isEmpty }) {
      faulty.insert(difference.route)
      result.add(.ledger, difference.route, difference.text, .violated)
    }
    for entry in books.ledger where entry.pending != 0 {
      faulty.insert(entry.route)
      result.add(.ledger, entry.route, "in generation \(entry.generation): \(Self.text(entry))", .violated)
    }
    for kind in TransportKind.allCases where !faulty.contains(kind.rawValue) {
      let rows = books.ledger.filter { $0.route == kind.rawValue }
      guard !rows.isEmpty else { continue }
      var sum = LedgerEntry(route: kind.rawValue, generation: 0)
      for row in rows { sum.add(row) }
      let generations = rows.count == 1 ? "generation \(rows[0].generation)" : "\(rows.count) generations"
      result.add(.ledger, kind.rawValue, "\(Self.text(sum)), as in the log, in \(generations)", .proven)
    }
  }

  private static func text(_ entry: LedgerEntry) -> String {
    "accepted \(entry.accepted) = handled \(entry.handled) + rejected \(entry.rejected)"
      + " + quarantined \(entry.quarantined)" + (entry.pending == 0 ? "" : ", which leaves \(entry.pending)")
  }

  /// An id whose outcome is gone would be handled again, should its message come again.
  private func verifyOutcomes(
    _ foreign: OutcomeSums.Difference?, _ census: EndCensus, _ result: inout Verification
  ) {
    guard let foreign else {
      return result.add(
        .ledger, "outcomes",
        "an earlier version wrote the state: whether any were removed is known from the next start"
          + " of the server on", .unproven)
    }
    if foreign.missing > 0 {
      let ids = IdList(census.wanted.sorted(), count: Int(clamping: foreign.missing))
      result.add(
        .ledger, "outcomes", "\(ids.count) removed from the database by something else than sluice: \(ids.text)",
        .violated,
        ids: ids.first)
    }
    if foreign.added > 0 {
      result.add(
        .ledger, "outcomes", "\(foreign.added) put into the database by something else than sluice", .violated)
    }
  }

  // MARK: Ends

  /// What is wrong with a message, if it stays so.
  private enum Doubt { case settled, unrecorded, lost }

  private func doubts(about census: EndCensus) -> [String: Doubt] {
    var doubts: [String: Doubt] = [:]
    for id in census.unrecorded { doubts[id] = .unrecorded }
    for id in census.open where !isSpooled(id) { doubts[id] = .lost }
    for id in census.settledWithoutEnd { doubts[id] = .settled }
    return doubts
  }

  private func isSpooled(_ id: String) -> Bool {
    guard let spool = try? Directory.open(layout.spoolDirectory) else { return false }
    // As it waits, or on its way back to the legacy path.
    return ["m", "t", "v"].contains { ((try? spool.status(of: "\($0)\(id)")) ?? nil) != nil }
  }

  private func verifyEnds(_ census: EndCensus, _ doubts: [String: Doubt], _ result: inout Verification) {
    var isSound = true
    func violated(_ ids: IdList, _ text: String) {
      guard !ids.isEmpty else { return }
      isSound = false
      result.add(.ledger, "ends", "\(ids.count) \(text): \(ids.text)", .violated, ids: ids.first)
    }
    func all(_ doubt: Doubt) -> IdList { IdList(doubts.filter { $0.value == doubt }.keys.sorted()) }
    violated(census.twice, "with two ends in the log")
    violated(census.contradicted, "whose end in the database is another than in the log")
    violated(all(.unrecorded), "with an end in the database and none in the log")
    violated(all(.settled), "settled by the relay, without an end in the log")
    violated(all(.lost), "accepted by the relay, without an end and not on their way")
    let onTheWay = census.open.count { isSpooled($0) }
    var rest = onTheWay > 0 ? ", \(onTheWay) on their way" : ""
    let started = IdList(census.started.sorted())
    if !started.isEmpty {
      if let server = observer.server(), server.inFlight > 0 || server.relayPending > 0 {
        rest += ", \(started.count) with the handler"
      } else if observer.server() != nil {
        violated(started, "given to the handler, and neither with it nor ended")
      } else {
        // A server that starts keeps them aside as interrupted, as soon as their originals come again.
        result.add(
          .ledger, "ends",
          "\(started.count) were with the handler when the server ended; the next start keeps them"
            + " aside: \(started.text)", .unproven, ids: started.first)
      }
    }
    guard census.isWhole else {
      return result.add(.ledger, "ends", "the log is too long to compare every id", .unproven)
    }
    guard isSound else { return }
    result.add(.ledger, "ends", "\(census.ended) messages with an id have one end each\(rest)", .proven)
  }
}
