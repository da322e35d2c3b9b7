internal import SluiceChannel
package import SluiceWire

/// What the relay knows of itself over its restarts: counts for each legacy path, and until when it was there.
///
/// It is written about once a second, so a kill takes that much of the counts; what became of each message is the
/// server's to count, which is exact.
package struct RelayAccount: Equatable, Sendable {
  package struct Path: Equatable, Sendable {
    /// Files that were taken from the path.
    package var claimed: Int64 = 0
    /// Those of them that held nothing.
    package var empty: Int64 = 0
    /// Files that were gone before they could be taken, as far as the watch showed it.
    package var overwritten: Int64 = 0
    /// Messages that were given back to the path instead of being handled here.
    package var returned: Int64 = 0

    package init() {}
    /// All that were noticed.
    package var seen: Int64 { claimed + overwritten }

    /// The members, in an object that is open.
    package func append(countsTo json: inout JSONWriter) {
      json.member("seen", seen)
      json.member("claimed", claimed)
      json.member("empty", empty)
      json.member("overwritten", overwritten)
      json.member("returned", returned)
    }
  }

  package static let fileName = "relay-account.json"

  package var paths: [String: Path] = [:]
  package var repliesLeft: Int64 = 0
  package var repliesLost: Int64 = 0
  /// Its last sign of life, in nanoseconds since 1970.
  package var alive: Int64 = 0
  /// Since when drops are left in their slots; nil where they are taken.
  package var heldSince: Int64?
  /// Since when drops are taken, but for the gaps; nil where they never were.
  package var takingSince: Int64?
  /// Since when the watch's queue has overflown; nil while it does not, or once that was told.
  package var overflowSince: Int64?
  /// What is pending goes back to the legacy paths.
  package var isReturning = false
  /// Why it ended; nil while it runs, and after an end without a word.
  package var ending: String?

  /// What an operator is to see to; nil where nothing is.
  package var trouble: String?

  /// legacy.ingress and legacy.consume of the relay that wrote it.
  package var ingress: String?
  package var consume: String?

  package init() {}

  /// A time in which drops may have come and gone without it.
  package struct Absence: Equatable, Sendable {
    package let from: Int64
    package let to: Int64
    package let reason: String
  }

  /// An end that was asked for.
  package static let stopped = "stopped"
  package static let held = "held: drops were left to the old reader"

  /// What a relay that starts now has missed since this was written.
  package func absence(until now: Int64, isHolding: Bool) -> Absence? {
    if let heldSince {
      return isHolding ? nil : Absence(from: min(heldSince, now), to: now, reason: Self.held)
    }
    // Where it ended since its directory was not what it was, that may have been so since its last look but one.
    let blind = ending == nil || ending == Self.stopped ? 0 : 2 * Self.lookInterval
    // After a step of the clock backwards nothing better is known.
    return Absence(
      from: min(alive - blind, overflowSince ?? alive, now), to: now,
      reason: "relay down: \(ending ?? "it ended without a word")")
  }

  /// Nanoseconds from one look at its directories to the next.
  static let lookInterval: Int64 = 1_000_000_000

  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("format", 1)
    json.member("alive", alive)
    if let heldSince { json.member("heldSince", heldSince) }
    if let takingSince { json.member("takingSince", takingSince) }
    if let overflowSince { json.member("overflowSince", overflowSince) }
    if isReturning { json.member("returning", true) }
    if let ending { json.member("ending", ending) }
    if let trouble { json.member("trouble", trouble) }
    if let ingress { json.member("ingress", ingress) }
    if let consume { json.member("consume", consume) }
    json.member("repliesLeft", repliesLeft)
    json.member("repliesLost", repliesLost)
    json.beginArray("paths")
    for (path, counts) in paths.sorted(by: { $0.key < $1.key }) {
      json.beginObject()
      json.member("path", path)
      json.member("claimed", counts.claimed)
      json.member("empty", counts.empty)
      json.member("overwritten", counts.overwritten)
      json.member("returned", counts.returned)
      json.endObject()
    }
    json.endArray()
    json.endObject()
    return json.bytes + [UInt8(ascii: "\n")]
  }

  /// Reads what an earlier process wrote; nil where it is none.
  package init?(json bytes: [UInt8]) {
    guard let value = try? JSON5.parse(bytes), case .object(let object) = value.kind,
      Self.number(object, "format") == 1, let alive = Self.number(object, "alive")
    else { return nil }
    self.alive = alive
    heldSince = Self.number(object, "heldSince")
    takingSince = Self.number(object, "takingSince")
    overflowSince = Self.number(object, "overflowSince")
    isReturning = object["returning"]?.kind == .boolean(true)
    if case .string(let text)? = object["ending"]?.kind { ending = text }
    if case .string(let text)? = object["trouble"]?.kind { trouble = text }
    if case .string(let text)? = object["ingress"]?.kind { ingress = text }
    if case .string(let text)? = object["consume"]?.kind { consume = text }
    repliesLeft = Self.number(object, "repliesLeft") ?? 0
    repliesLost = Self.number(object, "repliesLost") ?? 0
    guard case .array(let list)? = object["paths"]?.kind else { return }
    for case .object(let entry) in list.map(\.kind) {
      guard case .string(let path)? = entry["path"]?.kind else { continue }
      var counts = Path()
      counts.claimed = Self.number(entry, "claimed") ?? 0
      counts.empty = Self.number(entry, "empty") ?? 0
      counts.overwritten = Self.number(entry, "overwritten") ?? 0
      counts.returned = Self.number(entry, "returned") ?? 0
      paths[path] = counts
    }
  }

  private static func number(_ object: JSON5Object, _ key: String) -> Int64? {
    guard case .number(let number)? = object[key]?.kind else { return nil }
    return number.integer
  }
}
