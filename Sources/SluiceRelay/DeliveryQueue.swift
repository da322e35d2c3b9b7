/// Which spooled messages may be sent, and in which order.
///
/// A message is sent when its claim is completely spooled, and settled only when its claim is gone: until then a restart
/// would read the claim again, and a part that was settled and forgotten meanwhile would be handled twice. Taking one and
/// settling one cost the same however many wait.
struct DeliveryQueue {
  /// Ids by claim, for claims that are not gone.
  private var held: [String: [String]] = [:]
  /// Those of them that may be sent.
  private var complete: Set<String> = []
  /// In order from `head` on; what lies before has been taken.
  private var ready: [String] = []
  private var head = 0
  private var underway: Set<String> = []
  private var postponed: [String] = []

  /// Nothing may be sent before its claim is reported complete or gone.
  init(_ ids: [String]) { for id in ids { add(id) } }

  var underwayCount: Int { underway.count }
  /// Claims of which parts are spooled and that are not gone.
  var heldClaims: [String] { Array(held.keys) }

  /// A message that was spooled while its claim is there.
  mutating func add(_ id: String) {
    guard let claim = MessageOrder(id)?.claim else { return }
    held[claim, default: []].append(id)
  }

  /// The claim is completely spooled: its messages may be sent.
  mutating func completed(_ claim: String) {
    guard let ids = held[claim], let first = ids.first, complete.insert(claim).inserted else { return }
    // A claim's parts stand together.
    ready.insert(contentsOf: ids.count > 1 ? MessageOrder.sorted(ids) : ids, at: place(of: first))
  }

  /// The claim is completely spooled and unlinked: its messages may be settled.
  mutating func retired(_ claim: String) {
    completed(claim)
    held[claim] = nil
    complete.remove(claim)
  }

  /// The message's claim, where it is not gone.
  func heldClaim(of id: String) -> String? {
    guard !held.isEmpty, let claim = MessageOrder(id)?.claim, held[claim] != nil else { return nil }
    return claim
  }

  /// Takes the oldest that may be sent.
  mutating func next() -> String? {
    guard head < ready.count else { return nil }
    let id = ready[head]
    head += 1
    if head == ready.count || head > 1024 && head > ready.count / 2 {
      ready.removeFirst(head)
      head = 0
    }
    underway.insert(id)
    return id
  }

  /// Takes this one out of its turn: false where it does not wait to be sent.
  mutating func take(_ id: String) -> Bool {
    guard let index = ready[head...].firstIndex(of: id) else { return false }
    ready.remove(at: index)
    underway.insert(id)
    return true
  }

  /// These go elsewhere, and are neither sent nor settled.
  mutating func remove(_ ids: Set<String>) {
    guard !ids.isEmpty else { return }
    ready = ready[head...].filter { !ids.contains($0) }
    head = 0
    postponed.removeAll { ids.contains($0) }
    underway.subtract(ids)
  }

  /// One that went elsewhere is to be sent after all.
  mutating func restore(_ id: String) { insert([id]) }

  /// Those that were sent and have no answer.
  var sent: Set<String> { underway }

  /// - Returns: false where it was not on its way.
  mutating func settled(_ id: String) -> Bool { underway.remove(id) != nil }

  /// Something is wrong with this one now: it comes again after `resumePostponed`.
  mutating func postpone(_ id: String) {
    underway.remove(id)
    postponed.append(id)
  }

  mutating func resumePostponed() {
    guard !postponed.isEmpty else { return }
    insert(postponed)
    postponed = []
  }

  /// The connection is gone: all that was on its way has to be sent again.
  mutating func restart() {
    insert(Array(underway) + postponed)
    underway = []
    postponed = []
  }

  private mutating func insert(_ ids: [String]) {
    guard !ids.isEmpty else { return }
    ready = MessageOrder.sorted(ready[head...] + ids)
    head = 0
  }

  /// The first of those that wait behind which this one may not be sent; almost always the end.
  private func place(of id: String) -> Int {
    guard let order = MessageOrder(id) else { return ready.count }
    func isBehind(_ index: Int) -> Bool { MessageOrder(ready[index]).map { order < $0 } ?? false }
    guard head < ready.count, isBehind(ready.count - 1) else { return ready.count }
    var (low, high) = (head, ready.count - 1)
    while low < high {
      let middle = low + (high - low) / 2
      if isBehind(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
