import SluiceReactor
import Testing

/// Timers by deadline, then by age.
@Suite struct TimerQueueTests {
  private static func run(_ queue: inout TimerQueue, at now: Int64) {
    for ticket in queue.due(at: now) { queue.take(ticket)?() }
  }

  @Test(
    arguments: [
      ([], 10, []), ([5], 4, []), ([5], 5, [0]), ([3, 1, 2], 10, [1, 2, 0]), ([1, 1, 1], 1, [0, 1, 2]),
      ([9, 2, 9, 1], 2, [3, 1]), ([.max, 0, .min], .max, [2, 1, 0]),
    ] as [([Int64], Int64, [Int])])
  func order(_ deadlines: [Int64], _ now: Int64, _ expected: [Int]) {
    var queue = TimerQueue()
    var fired: [Int] = []
    for (index, deadline) in deadlines.enumerated() { _ = queue.add(at: deadline) { fired.append(index) } }
    Self.run(&queue, at: now)
    #expect(fired == expected)
    #expect(queue.isEmpty == (expected.count == deadlines.count))
  }

  @Test func aCancelledHeadLeavesNoDeadline() {
    var queue = TimerQueue()
    let first = queue.add(at: 1) {}
    let second = queue.add(at: 2) {}
    _ = queue.add(at: 3) {}
    queue.cancel(second)
    #expect(queue.next == 1)
    queue.cancel(first)
    #expect(queue.next == 3)
    queue.cancel(first)
    #expect(queue.next == 3)
  }

  @Test func oneThatIsDueMayBeCancelledByAnother() {
    var queue = TimerQueue()
    var fired: [Int] = []
    _ = queue.add(at: 1) { fired.append(1) }
    let second = queue.add(at: 1) { fired.append(2) }
    _ = queue.add(at: 1) { fired.append(3) }
    let due = queue.due(at: 1)
    queue.take(due[0])?()
    queue.cancel(second)
    for ticket in due.dropFirst() { queue.take(ticket)?() }
    #expect(fired == [1, 3])
    #expect(queue.isEmpty && queue.next == nil)
  }

  /// Against a plain list, over many additions, cancellations and turns.
  @Test(arguments: [1, 2, 3] as [UInt64]) func asAListWouldDoIt(_ seed: UInt64) {
    var random = SmallRandom(seed: seed)
    var queue = TimerQueue()
    var list: [(deadline: Int64, number: Int, ticket: TimerQueue.Ticket)] = []
    var fired: [Int] = []
    var now: Int64 = 0
    for number in 0..<5000 {
      switch random.next() % 8 {
      case 0...3:
        let deadline = now + Int64(random.next() % 100)
        list.append((deadline, number, queue.add(at: deadline) { fired.append(number) }))
      case 4...6 where !list.isEmpty:
        queue.cancel(list.remove(at: Int(random.next() % UInt64(list.count))).ticket)
      default:
        now += Int64(random.next() % 20)
        Self.run(&queue, at: now)
        let due = list.filter { $0.deadline <= now }.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }
        #expect(fired == due.map(\.number))
        fired = []
        list.removeAll { $0.deadline <= now }
      }
      #expect(queue.next == list.map(\.deadline).min())
      #expect(queue.isEmpty == list.isEmpty)
    }
  }
}

/// Numbers that a seed repeats (xorshift64).
struct SmallRandom {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
