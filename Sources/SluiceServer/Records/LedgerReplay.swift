internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem

/// Brings the ledger up to the audit log after a kill: records behind the last commit are counted, once.
enum LedgerReplay {
  /// Reads the log from the place that the database knows to its end and commits what it finds.
  /// - Returns: how many records were taken in.
  static func run(
    _ files: AuditFiles, end: Int64, state: State, known: inout [String: Outcome.Kind]
  ) throws(StoreFailure) -> Int {
    let start = try state.fact("audit-position") ?? 0
    var counts: [String: LedgerEntry] = [:]
    var outcomes: [Outcome] = []
    var drops = DropTally()
    var writers = WriterTally()
    var gaps: [RelayGap] = []
    var taken = 0
    guard start < end else { return 0 }
    do throws(Errno) {
      try files.forEachLine(from: start) { line, _ in
        guard let record = try? JSON5.parse(Array(line)), case .object(let object) = record.kind else { return true }
        if let gap = gap(object) {
          if known.updateValue(.handled, forKey: gap.id) == nil {
            gaps.append(gap)
            outcomes.append(Outcome(id: gap.id, route: TransportKind.fileDrop.rawValue, kind: .handled))
          }
          return true
        }
        guard let kind = text(object["event"]).flatMap(Outcome.Kind.init(rawValue:)), kind != .started,
          let route = text(object["route"]), let generation = integer(object["gen"])
        else { return true }
        let id = text(object["id"])
        // An outcome that reached the database counted there already; only `started` leaves it open.
        if let id, let before = known[id], before != .started { return true }
        var entry = LedgerEntry(route: route, generation: generation)
        entry.accepted = kind == .canary ? 0 : 1
        entry.handled = kind == .handled || kind == .failed ? 1 : 0
        entry.failed = kind == .failed ? 1 : 0
        entry.rejected = kind == .rejected ? 1 : 0
        entry.quarantined = kind == .quarantined ? 1 : 0
        entry.canaries = kind == .canary ? 1 : 0
        counts["\(route) \(generation)", default: LedgerEntry(route: route, generation: generation)].add(entry)
        let when = text(object["time"]).flatMap { Timestamp(text: $0) }?.nanoseconds ?? Clock.realtime
        if kind != .canary {
          let isShared = object["shared"]?.kind == .boolean(true) && route != TransportKind.fileDrop.rawValue
          writers.count(
            isShared ? nil : integer(object["uid"]).flatMap { UInt32(exactly: $0) },
            program: text(object["program"]) ?? text(object["process"]),
            on: TransportKind(rawValue: route) ?? .fileDrop, at: when)
        }
        if let path = text(object["path"]) {
          drops.count(
            kind, path: path, uid: integer(object["uid"]).flatMap { UInt32(exactly: $0) },
            code: integer(object["code"]).map { Int($0) }, reason: text(object["reason"]),
            at: when)
        }
        if let id {
          outcomes.append(Outcome(id: id, route: route, kind: kind))
          known[id] = kind
        }
        taken += 1
        return true
      }
    } catch { throw StoreFailure(path: "audit.jsonl", doing: "read the audit log", text: "\(error)", code: 0) }
    try state.commit(
      outcomes: outcomes, counts: Array(counts.values), auditPosition: end, at: Clock.realtime,
      writers: writers.take(), drops: drops.take(),
      gaps: gaps)
    return taken
  }

  private static func gap(_ object: JSON5Object) -> RelayGap? {
    guard text(object["event"]) == "relay-gap", let id = text(object["id"]),
      let from = integer(object["began"]), let to = integer(object["ended"])
    else { return nil }
    return RelayGap(id: id, from: from, to: to, reason: text(object["reason"]) ?? "")
  }

  private static func text(_ value: JSON5Value?) -> String? {
    guard case .string(let text)? = value?.kind else { return nil }
    return text
  }
  private static func integer(_ value: JSON5Value?) -> Int64? {
    guard case .number(let number)? = value?.kind else { return nil }
    return number.integer
  }
}
