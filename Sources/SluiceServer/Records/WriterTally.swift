internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem

/// Who used which route on which day. Messages come in runs from one writer: a run is counted in place and goes into
/// the table when another writer's begins.
struct WriterTally {
  private struct Writer: Hashable {
    /// Days since 1970, in UTC.
    let day: Int64
    let route: TransportKind
    /// nil where nobody knows.
    let uid: UInt32?
    let program: String?
  }
  private struct Use {
    var count: Int64 = 0
    /// Nanoseconds since 1970.
    var first: Int64 = 0
    var last: Int64 = 0
  }
  private static let day: Int64 = 86_400_000_000_000
  /// Writers of one commit that are told apart.
  private static let most = 4096

  private var uses: [Writer: Use] = [:]
  private var current: Writer?
  private var use = Use()

  /// - Parameter time: nanoseconds since 1970.
  mutating func count(_ uid: UInt32?, program: String? = nil, on route: TransportKind, at time: Int64) {
    let writer = Writer(day: time / Self.day, route: route, uid: uid, program: program)
    if writer != current {
      fold()
      current = writer
    }
    if use.count == 0 { use.first = time }
    use.count += 1
    use.last = time
  }

  private mutating func fold() {
    guard var writer = current, use.count > 0 else { return }
    if uses[writer] == nil, uses.count >= Self.most {
      writer = Writer(day: writer.day, route: writer.route, uid: nil, program: Caller.othersProgram)
    }
    var sum = uses[writer] ?? Use(count: 0, first: use.first, last: use.last)
    sum.count += use.count
    sum.last = use.last
    uses[writer] = sum
    use = Use()
  }

  /// Everything counted since the last call.
  mutating func take() -> [WriterCount] {
    fold()
    let rows = uses.map { writer, use in
      let date = Timestamp(nanoseconds: writer.day * Self.day).bytes.prefix(10)
      return WriterCount(
        day: String(decoding: date, as: UTF8.self), route: writer.route.rawValue, uid: writer.uid.map(Int64.init),
        program: writer.program, count: use.count, first: use.first, last: use.last)
    }
    uses = [:]
    return rows
  }
}
