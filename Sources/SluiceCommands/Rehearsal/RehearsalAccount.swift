internal import SluiceStore

/// What became of the messages of a rehearsal. Pure.
struct RehearsalAccount: Equatable {
  var written = 0
  /// Overwritten by another writer before any reader saw them.
  var overwritten = 0
  /// Read by the old server, while the channel was at phase file-drop.
  var oldServer = 0
  /// By the ledger, probes apart.
  var accepted = 0
  /// By the handler's own record.
  var handled = 0
  /// Kept aside or rejected: what writers mixed.
  var keptAside = 0
  /// Pieces of several messages that made one again.
  var mixed = 0
  var twice = 0
  var lost = 0
  /// Sentences about all that does not balance; empty where all does.
  var problems: [String] = []

  struct Seen {
    var written: [String: RehearsalStyle] = [:]
    var unsure: Set<String> = []
    var oldServer: [RehearsalMessage.Found] = []
    /// What the recording handler got; nil where another handler had it.
    var handled: [RehearsalMessage.Found]?
    var quarantined: [RehearsalMessage.Found] = []
    var ledger: [LedgerEntry] = []
  }

  init() {}

  init(_ seen: Seen) {
    written = seen.written.count
    var sum = LedgerEntry(route: "", generation: 0)
    for row in seen.ledger { sum.add(row) }
    accepted = Int(sum.accepted)
    keptAside = Int(sum.quarantined + sum.rejected)
    let old = Self.labels(seen.oldServer)
    oldServer = seen.oldServer.count
    guard let record = seen.handled else {
      // Another handler keeps its own books: the ledger is all there is.
      handled = Int(sum.handled)
      return
    }
    let new = Self.labels(record)
    handled = record.count
    mixed = (seen.oldServer + record).count { $0 == .mixed }
    let kept = Self.labels(seen.quarantined)
    let known = Set(old.keys).union(new.keys).union(kept.keys)
    // Names of messages that came twice, or that nobody wrote.
    let doubled = Set(old.keys).union(new.keys).filter { (old[$0] ?? 0) + (new[$0] ?? 0) > 1 }.sorted()
    twice = doubled.count
    if twice > 0 { problems.append("handled twice: \(Self.list(doubled))") }
    let strange = known.subtracting(seen.written.keys).subtracting(seen.unsure).sorted()
    if !strange.isEmpty { problems.append("handled, but nobody wrote it: \(Self.list(strange))") }
    let missing = Set(seen.written.keys).subtracting(known)
    // What was written where nobody overwrites has no other way to be missing.
    let gone = missing.filter { seen.written[$0]?.isOverwritten == false }.sorted()
    overwritten = missing.count - gone.count
    if !gone.isEmpty { problems.append("sent and never handled: \(Self.list(gone))") }
    // The handler answers all that it is given.
    let unseen = Int(sum.handled) - record.count
    if unseen != 0 {
      problems.append("the ledger has \(sum.handled) handled, the handler got \(record.count)")
    }
    if sum.pending != 0 { problems.append("the ledger does not balance: \(sum.pending) accepted without an end") }
    lost = gone.count + max(0, unseen) + max(0, Int(sum.pending))
  }

  private static func labels(_ found: [RehearsalMessage.Found]) -> [String: Int] {
    var labels: [String: Int] = [:]
    for case .whole(let label) in found { labels[label, default: 0] += 1 }
    return labels
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }
}
