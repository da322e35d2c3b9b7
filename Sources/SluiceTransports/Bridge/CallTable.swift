internal import SluiceWire

/// A request of the host: what is needed to answer it.
struct BridgeCall: Equatable, Sendable {
  /// Absent in the dialects without ids, whose replies come in order.
  let id: RequestID
  let dialect: Dialect
  /// `subscriptions/listen`, which stays open until either side ends it.
  let isListen: Bool
}

/// Requests that were written and wait for their answers, by typed id.
///
/// An id that a host uses twice at a time counts twice: the server answers both, one of them with an error.
struct CallTable {
  private struct Entry {
    let order: UInt64
    let call: BridgeCall
    var count: Int
  }
  private var entries: [RequestID: Entry] = [:]
  private var issued: UInt64 = 0
  /// Requests that wait.
  private(set) var count = 0
  /// Bytes of their ids, which hosts choose.
  private(set) var idBytes = 0
  private var listens = 0

  /// Whether anything but open subscriptions waits.
  var hasCalls: Bool { count > listens }

  mutating func add(_ call: BridgeCall) {
    issued += 1
    account(call, 1)
    entries[call.id, default: Entry(order: issued, call: call, count: 0)].count += 1
  }

  /// Takes one request of this id out; false where none waits.
  @discardableResult
  mutating func remove(_ id: RequestID) -> Bool {
    guard var entry = entries.removeValue(forKey: id) else { return false }
    account(entry.call, -1)
    entry.count -= 1
    if entry.count > 0 { entries[id] = entry }
    return true
  }

  /// All that wait, in the order in which they were written.
  mutating func takeAll() -> [BridgeCall] {
    let all = entries.values.sorted { $0.order < $1.order }
    self = CallTable()
    return all.flatMap { [BridgeCall](repeating: $0.call, count: $0.count) }
  }

  private mutating func account(_ call: BridgeCall, _ difference: Int) {
    count += difference
    if call.isListen { listens += difference }
    if case .string(let text) = call.id { idBytes += difference * text.utf8.count }
  }
}
