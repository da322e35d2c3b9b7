package import SluiceStore
internal import SluiceChannel
package import SluiceSystem

/// The ledger as the audit log tells it: counted anew from the records, to be compared with the database.
package enum LedgerFold {
  /// Folds the records before a place in the log.
  package static func fold(_ files: AuditFiles, upTo end: Int64) throws(Errno) -> [LedgerEntry] {
    var entries: [String: LedgerEntry] = [:]
    // What stood in files that were let go of.
    for entry in files.startAccount { entries["\(entry.route) \(entry.generation)"] = entry }
    try files.forEachLine { line, position in
      guard position <= end else { return false }
      count(line, into: &entries)
      return true
    }
    return entries.values.sorted { ($0.generation, $0.route) < ($1.generation, $1.route) }
  }

  private static func count(_ line: ArraySlice<UInt8>, into entries: inout [String: LedgerEntry]) {
    guard AuditLine.sequence(line) != nil else { return }
    let fields = RecordFields(line)
    guard let kind = Outcome.Kind(rawValue: String(decoding: fields.event, as: UTF8.self)), !fields.route.isEmpty,
      let generation = Int64(String(decoding: fields.generation, as: UTF8.self))
    else { return }
    let route = String(decoding: fields.route, as: UTF8.self)
    entries["\(route) \(generation)", default: LedgerEntry(route: route, generation: generation)].add(kind)
  }

  /// A row in which two ledgers differ, in words.
  package struct Difference: Equatable, Sendable {
    package let route: String
    package let text: String
  }

  /// The first row in which two ledgers differ, in words.
  package static func difference(_ ledger: [LedgerEntry], _ folded: [LedgerEntry]) -> String? {
    differences(ledger, folded).first?.text
  }

  /// Every row in which two ledgers differ.
  package static func differences(_ ledger: [LedgerEntry], _ folded: [LedgerEntry]) -> [Difference] {
    var differences: [Difference] = []
    func table(_ entries: [LedgerEntry]) -> [String: LedgerEntry] {
      Dictionary(entries.map { ("\($0.route) in generation \($0.generation)", $0) }) { first, _ in first }
    }
    let kept = table(ledger)
    let counted = table(folded)
    for key in Set(kept.keys).union(counted.keys).sorted() where kept[key] != counted[key] {
      let (here, there) = (kept[key], counted[key])
      func text(_ entry: LedgerEntry?) -> String {
        guard let entry else { return "nothing" }
        // What is no part of the balance is named where it differs.
        return "accepted \(entry.accepted), handled \(entry.handled)"
          + (here?.failed ?? 0 != there?.failed ?? 0 ? " (failed \(entry.failed))" : "")
          + ", rejected \(entry.rejected), quarantined \(entry.quarantined)"
          + (here?.canaries ?? 0 != there?.canaries ?? 0 ? ", canaries \(entry.canaries)" : "")
      }
      differences.append(
        Difference(
          route: (kept[key] ?? counted[key])?.route ?? "",
          text: "\(key): the ledger has \(text(kept[key])), the audit log \(text(counted[key]))"))
    }
    return differences
  }
}
