/// Keeps replies in the order of their requests, for dialects whose replies carry no id.
struct ReplyOrder {
  private var slots: [[UInt8]?] = []
  private var first = 0

  /// Whether a reply that is ready now may go out at once.
  var isClear: Bool { slots.isEmpty }

  /// Takes a place in the order.
  mutating func begin() -> Int {
    slots.append(nil)
    return first + slots.count - 1
  }

  /// Fills a place; returns what may go out now, in order.
  mutating func complete(_ slot: Int, with reply: [UInt8]) -> [UInt8] {
    let index = slot - first
    guard slots.indices.contains(index) else { return reply }
    slots[index] = reply
    var ready: [UInt8] = []
    var count = 0
    while count < slots.count, let bytes = slots[count] {
      ready.append(contentsOf: bytes)
      count += 1
    }
    slots.removeFirst(count)
    first += count
    return ready
  }
}
