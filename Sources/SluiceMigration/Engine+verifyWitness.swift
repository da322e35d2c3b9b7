internal import SluiceChannel
internal import SluiceRelay
internal import SluiceStore
internal import SluiceSystem

/// What the relay's watch saw against what the ledger has of the relayed route.
extension Engine {
  func verifyWitness(
    _ census: EndCensus, drops: [DropCount], gaps: [RelayGap], since: Int64, phase: Phase,
    _ result: inout Verification
  ) {
    let bytes = try? Directory.open(layout.stateDirectory).contents(of: RelayAccount.fileName, limit: 1 << 20)
    let account = (bytes ?? nil).flatMap { RelayAccount(json: $0) }
    var paths: [String: Verification.Witness] = [:]
    for (path, counts) in account?.paths ?? [:] {
      paths[path, default: .init()].counts = counts
    }
    for drop in drops {
      if drop.outcome == "delivered" {
        paths[drop.path, default: .init()].delivered += drop.count
      } else {
        paths[drop.path, default: .init()].quarantined += drop.count
      }
    }
    result.witnesses = paths.map { path, witness in
      var witness = witness
      witness.path = path
      return witness
    }.sorted { $0.path < $1.path }
    for witness in result.witnesses { verify(witness, census, &result) }
    for (path, counts) in census.drops where paths[path] == nil && !census.isCut {
      result.add(
        .witness, path, "the log has \(counts.delivered + counts.quarantined) drops, the ledger none", .violated)
    }
    let isWhole = verify(gaps, census, &result)
    result.gaps = gaps.filter { $0.to > since && $0.reason != RelayAccount.held }
    for gap in result.gaps {
      let (from, to) = (Timestamp(nanoseconds: gap.from), Timestamp(nanoseconds: gap.to))
      result.add(.coverage, "gap", "unwitnessed \(from) to \(to): \(gap.reason)", .unproven)
    }
    guard phase != .fileDrop, account != nil, result.gaps.isEmpty, isWhole else { return }
    result.add(.coverage, "witness", "nothing unwitnessed since \(Timestamp(nanoseconds: since))", .proven)
  }

  /// What was given back is the old server's, or whoever's writes over what lies at the path: nobody looks on there.
  func verifyGivenBack(_ census: EndCensus, since: Int64?, phase: Phase, _ result: inout Verification) {
    let begin = since.map { Timestamp(nanoseconds: $0).description } ?? ""
    guard phase == .fileDrop, !census.returned.isEmpty, census.lastReturned >= begin else { return }
    result.add(
      .coverage, Self.givenBack,
      "\(census.returned.count) given back to \(layout.legacyInput): whether the old server took each, or a writer overwrote"
        + " one that lay there, nobody saw: \(census.returned.text)", .unproven, ids: census.returned.first)
  }
  package static let givenBack = "given back"

  /// The database keeps the latest gaps only; of those it must have every one that the log has, as it stands there.
  /// - Returns: whether it has.
  private func verify(_ gaps: [RelayGap], _ census: EndCensus, _ result: inout Verification) -> Bool {
    let kept = Dictionary(gaps.map { ($0.id, $0) }) { first, _ in first }
    let oldest = gaps.count < State.mostGaps ? Int64.min : gaps.map(\.to).min() ?? .min
    let wrong = census.gaps.filter { $0.to > oldest && kept[$0.id] != $0 }.sorted { $0.from < $1.from }
    guard !wrong.isEmpty else { return true }
    let ids = IdList(wrong.map(\.id))
    let spans = wrong.prefix(3).map { "\(Timestamp(nanoseconds: $0.from)) to \(Timestamp(nanoseconds: $0.to))" }
    result.add(
      .coverage, "gaps",
      "\(ids.count) in the log that the database does not have so: \(spans.joined(separator: ", "))"
        + (wrong.count > 3 ? " and \(wrong.count - 3) more" : ""), .violated, ids: ids.first)
    return false
  }

  private func verify(_ witness: Verification.Witness, _ census: EndCensus, _ result: inout Verification) {
    let logged = census.drops[witness.path] ?? (0, 0)
    if !census.isCut, logged.delivered != witness.delivered || logged.quarantined != witness.quarantined {
      return result.add(
        .witness, witness.path,
        "the ledger has \(witness.delivered) delivered and \(witness.quarantined) kept aside, the log"
          + " \(logged.delivered) and \(logged.quarantined)", .violated)
    }
    let counts = witness.counts
    result.add(
      .witness, witness.path,
      "\(counts.seen) files seen = \(counts.claimed) taken (\(counts.empty) empty, probes among them) + \(counts.overwritten)"
        + " overwritten before; \(witness.delivered) messages delivered, \(witness.quarantined) kept aside"
        + (counts.returned > 0 ? ", \(counts.returned) given back to the path" : ""), .proven)
  }
}
