internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceRelay
internal import SluiceServer
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// The account of the legacy paths: what became of each user's drops, what the relay counted, and when it was not there.
struct RelayReport {
  private static let gapsShown = 3
  private static let gapsTold = 100

  /// One user's drops at one path.
  private struct Row {
    let path: String
    let uid: Int64?
    var delivered: Int64 = 0
    var quarantined: [(reason: String, count: Int64)] = []
  }

  private var rows: [Row] = []
  private var account: RelayAccount?
  private var gaps: [RelayGap] = []

  init() {}

  init(_ state: State, _ layout: ChannelLayout) throws(StoreFailure) {
    for drop in try state.drops() {
      if rows.last?.path != drop.path || rows.last?.uid != drop.uid { rows.append(Row(path: drop.path, uid: drop.uid)) }
      let last = rows.count - 1
      if drop.outcome == "delivered" {
        rows[last].delivered += drop.count
      } else {
        rows[last].quarantined.append((drop.reason, drop.count))
      }
    }
    gaps = try state.gaps(limit: Self.gapsTold)
    let bytes = try? Directory.open(layout.stateDirectory).contents(of: RelayAccount.fileName, limit: 1 << 20)
    account = (bytes ?? nil).flatMap { RelayAccount(json: $0) }
  }

  func text(width: Int?, style: Style) -> String {
    var text = ""
    if !rows.isEmpty {
      var table = TextTable(columns: [
        TextColumn("LEGACY PATH"), TextColumn("UID", .right), TextColumn("DELIVERED", .right),
        TextColumn("QUARANTINED", .right), TextColumn("REASONS"),
      ])
      for row in rows {
        table.add([
          "\(TerminalText.safe(row.path))", "\(row.uid.map { "\($0)" } ?? "-")", "\(row.delivered)",
          "\(row.quarantined.reduce(0) { $0 + $1.count })",
          "\(row.quarantined.map { "\($0.count) \($0.reason)" }.joined(separator: ", "))",
        ])
      }
      text += "\n" + table.text(width: width, style: style, canStack: true)
    }
    var lines = KeyValueBlock()
    if let trouble = account?.trouble { lines.add("trouble", TextCell(trouble, .red)) }
    if let mode = ingress { lines.add("ingress", "\(mode.rawValue): \(IngressPromise.limit(mode))") }
    if let mode = consume { lines.add("consume", "\(mode.rawValue): \(IngressPromise.limit(mode))") }
    for (path, counts) in (account?.paths ?? [:]).sorted(by: { $0.key < $1.key }) {
      let text =
        "\(path): \(counts.seen) seen, \(counts.claimed) claimed (\(counts.empty) empty),"
        + " \(counts.overwritten) gone before"
        + (counts.returned > 0 ? ", \(counts.returned) given back" : "")
      lines.add("drops", TextCell(text))
    }
    for gap in gaps.prefix(Self.gapsShown) {
      let (from, to) = (Timestamp(nanoseconds: gap.from), Timestamp(nanoseconds: gap.to))
      lines.add("gap", "\(from) to \(to): \(gap.reason)")
    }
    if !lines.entries.isEmpty { text += "\n" + lines.text(width: width, style: style) }
    return text
  }

  /// The modes of the relay that wrote the account, which is the one that runs, or ran last.
  private var ingress: LegacySettings.Ingress? { account?.ingress.flatMap(LegacySettings.Ingress.init(rawValue:)) }
  private var consume: LegacySettings.Consume? { account?.consume.flatMap(LegacySettings.Consume.init(rawValue:)) }

  func append(to json: inout JSONWriter) {
    if let ingress, let consume {
      json.beginObject("legacyModes")
      json.member("ingress", ingress.rawValue)
      json.member("ingressLimit", IngressPromise.limit(ingress))
      json.member("consume", consume.rawValue)
      json.member("consumeLimit", IngressPromise.limit(consume))
      json.endObject()
    }
    json.beginArray("drops")
    for row in rows {
      json.beginObject()
      json.member("path", row.path)
      if let uid = row.uid { json.member("uid", uid) }
      json.member("delivered", row.delivered)
      json.member("quarantined", row.quarantined.reduce(0) { $0 + $1.count })
      json.beginObject("reasons")
      for (reason, count) in row.quarantined { json.member(named: reason, count) }
      json.endObject()
      json.endObject()
    }
    json.endArray()
    json.beginArray("legacyPaths")
    for (path, counts) in (account?.paths ?? [:]).sorted(by: { $0.key < $1.key }) {
      json.beginObject()
      json.member("path", path)
      counts.append(countsTo: &json)
      json.endObject()
    }
    json.endArray()
    if let trouble = account?.trouble { json.member("relayTrouble", trouble) }
    if let account {
      json.member("repliesLeft", account.repliesLeft)
      json.member("repliesLost", account.repliesLost)
    }
    json.beginArray("gaps")
    for gap in gaps { gap.append(to: &json) }
    json.endArray()
  }
}
