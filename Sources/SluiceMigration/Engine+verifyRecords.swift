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
      let relay = try relayFiles()
      if let relay { verifyChain("relay's log", try relay.verify(), &result) }
      var census = try EndCensus.count(files, upTo: books.position, relay: relay, known: books.known)
      let deadline = Clock.monotonic + Self.settling
      while hasLoose(census), observer.server() != nil, Clock.monotonic < deadline {
        Wait.pause(nanoseconds: 50_000_000)
        let again = try AuditFiles(in: Directory.open(layout.logDirectory), name: "audit.jsonl")
        census = try EndCensus.count(again, upTo: books.position, relay: try relayFiles(), known: books.known)
      }
      verifyEnds(census, &result)
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
        books.drops = try state.drops()
        books.gaps = try state.gaps(limit: 1000)
        books.began = try state.runs(limit: 100).first { $0.result == "done" && $0.source != $0.target }?.finished ?? 0
        return books
      }
    } catch { throw Errno.io }
  }

  private func relayFiles() throws(Errno) -> AuditFiles? {
    do throws(Errno) { return try AuditFiles(in: Directory.open(layout.logDirectory), name: "relay.jsonl") } catch {
      if error == .noSuchFile { return nil }
      throw error
    }
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

  // MARK: Ends

  /// What may be on its way between the logs at this moment.
  private func hasLoose(_ census: EndCensus) -> Bool {
    !census.settledWithoutEnd.isEmpty || !census.unrecorded.isEmpty || census.open.contains { !isSpooled($0) }
      || !census.started.isEmpty
  }

  private func isSpooled(_ id: String) -> Bool {
    guard let spool = try? Directory.open(layout.spoolDirectory) else { return false }
    return ((try? spool.status(of: "m\(id)")) ?? nil) != nil
  }

  private func verifyEnds(_ census: EndCensus, _ result: inout Verification) {
    func violated(_ ids: IdList, _ text: String) {
      guard !ids.isEmpty else { return }
      result.add(.ledger, "ends", "\(ids.count) \(text): \(ids.text)", .violated, ids: ids.first)
    }
    violated(census.twice, "with two ends in the log")
    violated(census.contradicted, "whose end in the database is another than in the log")
    violated(census.unrecorded, "with an end in the database and none in the log")
    violated(census.settledWithoutEnd, "settled by the relay, without an end in the log")
    var lost = IdList()
    for id in census.open where !isSpooled(id) { lost.add(id) }
    violated(lost, "accepted by the relay, without an end and not on their way")
    let server = observer.server()
    let isIdle = server.map { $0.inFlight == 0 && $0.relayPending == 0 } ?? false
    var interrupted = IdList()
    for id in census.started { interrupted.add(id) }
    if !interrupted.isEmpty {
      // A server that starts keeps them aside as interrupted, as soon as their originals come again.
      result.add(
        .ledger, "ends",
        "\(interrupted.count) given to the handler and without an end: \(interrupted.text)"
          + (isIdle ? "" : server == nil ? " (the next start settles them)" : " (in flight)"),
        isIdle ? .violated : .unproven, ids: interrupted.first)
    }
    let onTheWay = census.open.count - lost.count
    guard census.isWhole else {
      return result.add(.ledger, "ends", "the log is too long to compare every id", .unproven)
    }
    guard census.twice.isEmpty, lost.isEmpty else { return }
    let rest = onTheWay > 0 ? ", \(onTheWay) on their way" : ""
    result.add(.ledger, "ends", "\(census.ended) messages with an id have one end each\(rest)", .proven)
  }
}
