/// Timers in a binary heap; its head is never a cancelled one, the others are skipped when they come up.
package struct TimerQueue {
  /// Names one timer.
  package struct Ticket: Hashable, Sendable { fileprivate let number: UInt64 }

  private struct Entry {
    let deadline: Int64
    let number: UInt64
  }

  private var heap: [Entry] = []
  private var bodies: [UInt64: () -> Void] = [:]
  private var issued: UInt64 = 0

  package init() {}

  package var isEmpty: Bool { bodies.isEmpty }
  /// The earliest deadline.
  package var next: Int64? { heap.first?.deadline }

  package mutating func add(at deadline: Int64, _ body: @escaping () -> Void) -> Ticket {
    issued += 1
    bodies[issued] = body
    heap.append(Entry(deadline: deadline, number: issued))
    siftUp(heap.count - 1)
    return Ticket(number: issued)
  }

  package mutating func cancel(_ ticket: Ticket) {
    bodies[ticket.number] = nil
    dropCancelledHead()
    // Cancelled entries would pile up where every message sets and cancels a timer.
    if heap.count > 64, heap.count > bodies.count * 2 {
      let live = heap.filter { bodies[$0.number] != nil }
      heap.removeAll(keepingCapacity: true)
      for entry in live {
        heap.append(entry)
        siftUp(heap.count - 1)
      }
    }
  }

  /// Takes off the queue what is due, earliest first. Each is still to be claimed with `take`: one that is due together
  /// with others may be cancelled by one of them.
  package mutating func due(at now: Int64) -> [Ticket] {
    var result: [Ticket] = []
    while let first = heap.first, first.deadline <= now {
      removeFirst()
      if bodies[first.number] != nil { result.append(Ticket(number: first.number)) }
    }
    dropCancelledHead()
    return result
  }

  /// The body of a timer that is due, nil when it was cancelled meanwhile.
  package mutating func take(_ ticket: Ticket) -> (() -> Void)? { bodies.removeValue(forKey: ticket.number) }

  /// A cancelled head would be a deadline in the past for ever: the loop would spin on it.
  private mutating func dropCancelledHead() {
    while let first = heap.first, bodies[first.number] == nil { removeFirst() }
  }

  private func comesBefore(_ left: Entry, _ right: Entry) -> Bool {
    left.deadline != right.deadline ? left.deadline < right.deadline : left.number < right.number
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard comesBefore(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      let left = parent * 2 + 1
      guard left < heap.count else { return }
      let right = left + 1
      let child = right < heap.count && comesBefore(heap[right], heap[left]) ? right : left
      guard comesBefore(heap[child], heap[parent]) else { return }
      heap.swapAt(child, parent)
      parent = child
    }
  }
}
