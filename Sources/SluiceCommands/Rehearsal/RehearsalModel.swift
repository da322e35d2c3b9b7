internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem

/// The writers of a rehearsal, modelled on those that the channel has seen.
struct RehearsalModel {
  private static let most = 8
  private static let fastest: Int64 = 20_000_000
  private static let slowest: Int64 = 200_000_000
  private static let usualSize = 120

  let writers: [RehearsalWriter]
  /// Where they come from, in words.
  let source: String

  /// Four writers at the legacy path, each in its own way, and one that follows the endpoint.
  static let standard = RehearsalModel(
    writers: [RehearsalStyle.overwrite, .append, .rename, .slow, .follow].map {
      RehearsalWriter(style: $0, interval: 50_000_000, size: usualSize)
    }, source: "four at the legacy path (>, >>, mv, slow) and one that follows the endpoint")

  private init(writers: [RehearsalWriter], source: String) {
    self.writers = writers
    self.source = source
  }

  /// - Parameters:
  ///   - callers: how many messages each user sent through each route.
  ///   - sizes: of a usual message, by route.
  init(_ callers: [Caller], sizes: [String: Int]) {
    var users: [String: [Int64: Int64]] = [:]
    for caller in callers { users[caller.route, default: [:]][caller.uid ?? -1, default: 0] += caller.count }
    let busiest = users.values.flatMap(\.values).max() ?? 0
    guard busiest > 0 else {
      self = Self.standard
      return
    }
    var writers: [RehearsalWriter] = []
    var words: [String] = []
    for kind in TransportKind.allCases {
      guard let seen = users[kind.rawValue] else { continue }
      let size = min(max(sizes[kind.rawValue] ?? Self.usualSize, 90), 60_000)
      // Nobody knows how a drop was written once it is taken: each way is tried.
      let styles: [RehearsalStyle] =
        switch kind {
        case .fileDrop: [.overwrite, .append, .rename, .slow]
        case .runFile: [.runFile]
        case .fifo: [.fifo]
        case .socket: [.socket]
        }
      let rates = seen.values.sorted(by: >)
      for index in 0..<max(styles.count, min(rates.count, Self.most)) {
        // The busiest is as fast as a rehearsal goes, the others in proportion.
        let rate = rates[index % rates.count]
        let interval = min(Self.slowest, Self.fastest * max(1, busiest / max(1, rate)))
        writers.append(RehearsalWriter(style: styles[index % styles.count], interval: interval, size: size))
      }
      words.append("\(kind.rawValue) \(seen.count) users, \(rates.reduce(0, +)) messages of about \(size) bytes")
    }
    self.writers = Array(writers.prefix(2 * Self.most)) + [Self.standard.writers[4]]
    source = "as seen: \(words.joined(separator: "; ")); and one that follows the endpoint"
  }

  /// As the channel's own records have it; the standard where there are none.
  static func read(_ layout: ChannelLayout) -> RehearsalModel {
    guard let state = try? State.reading(path: layout.database), let callers = try? state.callers() else {
      return standard
    }
    return RehearsalModel(callers, sizes: sizes(layout))
  }

  /// From the end of the log.
  private static func sizes(_ layout: ChannelLayout) -> [String: Int] {
    guard let log = try? Directory.open(layout.logDirectory), let files = try? AuditFiles(in: log, name: "audit.jsonl"),
      let end = try? files.end()
    else { return [:] }
    var sums: [String: (bytes: Int, count: Int)] = [:]
    try? files.forEachLine(from: max(files.start, end - (1 << 20))) { line, _ in
      guard let value = try? JSON5.parse(Array(line)), case .object(let record) = value.kind,
        case .string("handled")? = record["event"]?.kind, case .string(let route)? = record["route"]?.kind,
        case .number(let number)? = record["bytes"]?.kind, let bytes = number.integer
      else { return true }
      sums[route, default: (0, 0)].bytes += Int(clamping: bytes)
      sums[route, default: (0, 0)].count += 1
      return true
    }
    return sums.mapValues { $0.bytes / max(1, $0.count) }
  }
}
