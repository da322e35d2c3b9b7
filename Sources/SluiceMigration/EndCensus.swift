package import SluiceStore
package import SluiceSystem
internal import SluiceChannel

/// Reads from the logs that every message that was taken has one end: of each id, how often it ended, and whether what
/// the relay handed in ended at all.
///
/// Ids are kept as numbers, and no more than `most` at once: a longer log is read several times, a part of the ids each
/// time, so that memory is bounded and nothing is left out.
package struct EndCensus {
  static let most = 1 << 20
  /// Passes over the logs; a log that needed more is only looked at in part, and the census says so.
  static let mostPasses = 16
  /// Ids that are named; the rest is counted.
  package static let named = 20

  /// How many messages had an end.
  package private(set) var ended = 0
  package private(set) var twice = IdList()
  /// The relay counts them as settled, and the server's log has no end of theirs.
  package private(set) var settledWithoutEnd: [String] = []
  /// The relay handed them in, and neither log has their end: on their way, or lost.
  package private(set) var open: [String] = []
  /// Ids whose outcome in the database is another than that in the log.
  package private(set) var contradicted = IdList()
  /// Ids that a handler was given and that have no end.
  package private(set) var started: [String] = []
  /// Ids of the database of which the log says nothing.
  package private(set) var unrecorded: [String] = []
  /// Ids of one kind that are kept by name; beyond that something is so wrong that names do not matter.
  static let kept = 10_000
  /// Drops by path: delivered and kept aside, as the log has them.
  package private(set) var drops: [String: (delivered: Int64, quarantined: Int64)] = [:]
  /// Claims of the relay by path, and those of them in which no message was.
  package private(set) var claims: [String: Int64] = [:]
  /// Messages that the relay gave back to a legacy path, and when the last of them (RFC 3339).
  package private(set) var returned = IdList()
  package private(set) var lastReturned = ""
  /// Times without the relay that the log has and the database counts.
  package private(set) var gaps: [RelayGap] = []
  /// Ids whose numbers were asked for.
  package private(set) var wanted: Set<String> = []
  private var numbers: Set<UInt64> = []
  /// Whether every id was looked at.
  package private(set) var isWhole = true
  package private(set) var isCut = false

  package init() {}

  /// - Parameters:
  ///   - audit: the server's log; the database counts it up to `position`; `relay` the relay's, where there is one, up
  ///     to where it had come before the server's was opened.
  ///   - known: outcomes that the database had before the log was opened.
  ///   - wanted: numbers of ids whose names are to be found.
  package static func count(
    _ audit: AuditFiles, upTo position: Int64, relay: (files: AuditFiles, end: Int64)?, known: [String: Outcome.Kind],
    wanted: Set<UInt64> = []
  ) throws(Errno) -> EndCensus {
    var census = EndCensus()
    census.numbers = wanted
    census.isCut = audit.start > 0
    // A record takes a hundred bytes at least.
    let expected = Int(clamping: (try audit.end() - audit.start) / 100)
    let passes = min(mostPasses, expected / most + 1)
    census.isWhole = expected / most < mostPasses
    let outcomes = Outcomes(known)
    for pass in 0..<passes {
      try census.pass(audit, position, relay, outcomes) { $0 % UInt64(passes) == UInt64(pass) }
    }
    return census
  }

  private mutating func pass(
    _ audit: AuditFiles, _ position: Int64, _ relay: (files: AuditFiles, end: Int64)?, _ outcomes: Outcomes,
    _ isMine: (UInt64) -> Bool
  ) throws(Errno) {
    var seen: Set<UInt64> = []
    // With whether the database counts the record.
    var found: [String: (kind: Outcome.Kind, isCounted: Bool)] = [:]
    var begin: [UInt8] = []
    try audit.forEachLine { line, end in
      let fields = RecordFields(line)
      if begin.isEmpty { begin = Array(fields.time) }
      guard !fields.id.isEmpty else { return true }
      let isGap = fields.event.elementsEqual("relay-gap".utf8)
      guard let kind = isGap ? .handled : Self.end(fields.event) else { return true }
      let key = Self.key(fields.id)
      guard isMine(key) else { return true }
      if !numbers.isEmpty, numbers.contains(key) { wanted.insert(String(decoding: fields.id, as: UTF8.self)) }
      if isGap, end <= position, let gap = Self.gap(line), gaps.count < Self.kept { gaps.append(gap) }
      if outcomes.keys.contains(key) {
        found[String(decoding: fields.id, as: UTF8.self)] = (kind, end <= position)
      }
      guard seen.count < 2 * Self.most else {
        isWhole = false
        return true
      }
      guard seen.insert(key).inserted else {
        twice.add(String(decoding: fields.id, as: UTF8.self))
        return true
      }
      guard !isGap else { return true }
      ended += 1
      if !fields.path.isEmpty, kind != .canary, end <= position {
        let path = RecordFields.text(fields.path)
        if kind == .handled || kind == .failed {
          drops[path, default: (0, 0)].delivered += 1
        } else {
          drops[path, default: (0, 0)].quarantined += 1
        }
      }
      return true
    }
    compare(outcomes, found, isMine)
    if let relay { try pass(relay, seen, since: isCut ? begin : [], isMine) }
  }

  private mutating func compare(
    _ outcomes: Outcomes, _ found: [String: (kind: Outcome.Kind, isCounted: Bool)], _ isMine: (UInt64) -> Bool
  ) {
    for (id, kind) in outcomes.known where isMine(Self.key(ArraySlice(id.utf8))) {
      switch (kind, found[id]) {
      case (.started, nil): started.append(id)
      // Its end is not in the database yet, or was taken out of it.
      case (.started, let logged?): if logged.isCounted { contradicted.add(id) }
      // What was let go of with an old file cannot be compared.
      case (_, nil): if !isCut, unrecorded.count < Self.kept { unrecorded.append(id) }
      case (_, let logged?): if logged.kind != kind { contradicted.add(id) }
      }
    }
  }

  /// - Parameter begin: where the server's log begins; what the relay handed in before that cannot be compared.
  private mutating func pass(
    _ relay: (files: AuditFiles, end: Int64), _ seen: Set<UInt64>, since begin: [UInt8], _ isMine: (UInt64) -> Bool
  ) throws(Errno) {
    var waiting: [UInt64: String] = [:]
    try relay.files.forEachLine { line, end in
      guard end <= relay.end else { return false }
      let fields = RecordFields(line)
      // By the second, since the two logs tell time in different grains.
      guard !fields.id.isEmpty, begin.isEmpty || begin.prefix(19).lexicographicallyPrecedes(fields.time.prefix(19))
      else { return true }
      let key = Self.key(fields.id)
      guard isMine(key) else { return true }
      if fields.event.elementsEqual("claimed".utf8) {
        claims[RecordFields.text(fields.path), default: 0] += 1
      } else if fields.event.elementsEqual("message".utf8) || fields.event.elementsEqual("quarantined".utf8)
        || fields.event.elementsEqual("gap".utf8)
      {
        if !seen.contains(key), waiting.count < Self.most { waiting[key] = String(decoding: fields.id, as: UTF8.self) }
      } else if fields.event.elementsEqual("returned".utf8) || fields.event.elementsEqual("probe-dropped".utf8) {
        // It went back to the legacy path, for the old server.
        waiting[key] = nil
        if fields.event.elementsEqual("returned".utf8) {
          returned.add(String(decoding: fields.id, as: UTF8.self))
          lastReturned = max(lastReturned, String(decoding: fields.time, as: UTF8.self))
        }
      } else if fields.event.elementsEqual("settled".utf8), !seen.contains(key),
        waiting.removeValue(forKey: key) != nil || begin.isEmpty
      {
        if settledWithoutEnd.count < Self.kept { settledWithoutEnd.append(String(decoding: fields.id, as: UTF8.self)) }
      }
      return true
    }
    open += waiting.values.sorted()
  }

  private static func gap(_ line: ArraySlice<UInt8>) -> RelayGap? {
    guard let value = try? JSON5.parse(Array(line)), case .object(let object) = value.kind,
      case .string(let id)? = object["id"]?.kind, case .number(let began)? = object["began"]?.kind,
      case .number(let ended)? = object["ended"]?.kind, let from = began.integer, let to = ended.integer
    else { return nil }
    var reason = ""
    if case .string(let text)? = object["reason"]?.kind { reason = text }
    return RelayGap(id: id, from: from, to: to, reason: reason)
  }

  private static func end(_ event: ArraySlice<UInt8>) -> Outcome.Kind? {
    switch event.count {
    case 6 where event.elementsEqual("failed".utf8): .failed
    case 6 where event.elementsEqual("canary".utf8): .canary
    case 7 where event.elementsEqual("handled".utf8): .handled
    case 8 where event.elementsEqual("rejected".utf8): .rejected
    case 11 where event.elementsEqual("quarantined".utf8): .quarantined
    default: nil
    }
  }

  static func key(_ id: ArraySlice<UInt8>) -> UInt64 { OutcomeSums.number(id) }
}

/// What the database knows, with the numbers of its ids.
private struct Outcomes {
  let known: [String: Outcome.Kind]
  let keys: Set<UInt64>

  init(_ known: [String: Outcome.Kind]) {
    self.known = known
    keys = Set(known.keys.map { EndCensus.key(ArraySlice($0.utf8)) })
  }
}

/// Ids of one kind: some by name, all counted.
package struct IdList: Equatable, Sendable {
  package private(set) var first: [String] = []
  package private(set) var count = 0

  package init() {}
  package init(_ ids: [String]) { for id in ids { add(id) } }
  /// So many, of which not every name is known.
  package init(_ ids: [String], count: Int) {
    self.init(ids)
    self.count = max(count, self.count)
  }
  package mutating func add(_ id: String) {
    count += 1
    if first.count < EndCensus.named { first.append(id) }
  }
  package var isEmpty: Bool { count == 0 }
  /// `c1-0, c2-0 and 5 more`
  package var text: String {
    guard !first.isEmpty else { return "which, cannot be told any more" }
    return first.joined(separator: ", ") + (count > first.count ? " and \(count - first.count) more" : "")
  }
}
