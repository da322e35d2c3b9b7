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
    let uid: UInt32
  }
  private struct Use {
    var count: Int64 = 0
    /// Nanoseconds since 1970.
    var last: Int64 = 0
  }
  private static let day: Int64 = 86_400_000_000_000

  private var uses: [Writer: Use] = [:]
  private var current: Writer?
  private var use = Use()

  mutating func count(_ uid: UInt32, on route: TransportKind, at time: Int64) {
    let writer = Writer(day: time / Self.day, route: route, uid: uid)
    if writer != current {
      fold()
      current = writer
    }
    use.count += 1
    use.last = time
  }

  private mutating func fold() {
    guard let current, use.count > 0 else { return }
    uses[current, default: Use()].count += use.count
    uses[current]?.last = use.last
    use = Use()
  }

  /// Everything counted since the last call.
  mutating func take() -> [WriterCount] {
    fold()
    let rows = uses.map { writer, use in
      let date = Timestamp(nanoseconds: writer.day * Self.day).bytes.prefix(10)
      return WriterCount(
        day: String(decoding: date, as: UTF8.self), route: writer.route.rawValue, uid: Int64(writer.uid),
        count: use.count, last: use.last)
    }
    uses = [:]
    return rows
  }
}
