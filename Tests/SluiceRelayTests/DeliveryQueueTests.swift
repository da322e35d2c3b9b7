import Testing

@testable import SluiceRelay

@Suite struct DeliveryQueueTests {
  private static func id(_ time: Int, _ part: Int, prefix: String = "c") -> String { claim(time, prefix) + "-\(part)" }

  private static func claim(_ time: Int, _ prefix: String = "c") -> String {
    let digits = String(time)
    return prefix + String(repeating: "0", count: 16 - digits.count) + digits + "-0123456789abcdef"
  }

  private static func take(_ queue: inout DeliveryQueue) -> String? { queue.next() }
  private static func settle(_ id: String, _ queue: inout DeliveryQueue) -> Bool { queue.settled(id) }

  private static func drain(_ queue: inout DeliveryQueue) -> [String] {
    var taken: [String] = []
    while let id = queue.next() { taken.append(id) }
    return taken
  }

  @Test func partsWaitForTheirClaimToGo() {
    var queue = DeliveryQueue([Self.id(1, 0), Self.id(2, 0), Self.id(2, 1)])
    #expect(Self.take(&queue) == nil)
    #expect(Set(queue.heldClaims) == [Self.claim(1), Self.claim(2)])
    queue.retired(Self.claim(1))
    #expect(Self.drain(&queue) == [Self.id(1, 0)])
    // The rest of a claim that was read again after a kill.
    queue.add(Self.id(2, 2))
    #expect(Self.take(&queue) == nil)
    queue.retired(Self.claim(2))
    #expect(Self.drain(&queue) == (0...2).map { Self.id(2, $0) })
    queue.retired(Self.claim(2))
    #expect(Self.take(&queue) == nil && queue.heldClaims.isEmpty)
  }

  @Test func whatIsCompleteIsSentAndHeldUntilItsClaimGoes() {
    var queue = DeliveryQueue([])
    queue.add(Self.id(1, 0))
    queue.add(Self.id(1, 1))
    #expect(Self.take(&queue) == nil)
    queue.completed(Self.claim(1))
    queue.completed(Self.claim(1))
    #expect(Self.drain(&queue) == [Self.id(1, 0), Self.id(1, 1)])
    #expect(queue.heldClaim(of: Self.id(1, 1)) == Self.claim(1) && queue.heldClaims == [Self.claim(1)])
    // A lost connection sends it again, whether its claim is gone or not.
    queue.restart()
    #expect(Self.drain(&queue) == [Self.id(1, 0), Self.id(1, 1)])
    queue.retired(Self.claim(1))
    #expect(queue.heldClaim(of: Self.id(1, 1)) == nil && queue.heldClaims.isEmpty)
    #expect(Self.take(&queue) == nil)
    #expect(Self.settle(Self.id(1, 0), &queue) && Self.settle(Self.id(1, 1), &queue))
  }

  @Test func aSlowWritersClaimGoesBeforeTheNewerOnes() {
    var queue = DeliveryQueue((1...9).map { Self.id($0, 0, prefix: $0.isMultiple(of: 2) ? "b" : "c") })
    for time in [2, 9, 4, 7, 8, 1, 5] { queue.retired(Self.claim(time, time.isMultiple(of: 2) ? "b" : "c")) }
    #expect(Self.take(&queue)?.contains("000001-") == true)
    for time in [6, 3] { queue.retired(Self.claim(time, time.isMultiple(of: 2) ? "b" : "c")) }
    let order = Self.drain(&queue).compactMap { Int($0.dropFirst().prefix(16)) }
    #expect(order == Array(2...9))
  }

  @Test func partsGoInTheOrderOfTheirNumbers() {
    var queue = DeliveryQueue((0..<12).reversed().map { Self.id(1, $0) })
    queue.retired(Self.claim(1))
    #expect(Self.drain(&queue) == (0..<12).map { Self.id(1, $0) })
  }

  @Test func whatWasOnItsWayComesAgainAfterALostConnection() {
    var queue = DeliveryQueue((1...3).map { Self.id($0, 0) })
    for time in 1...3 { queue.retired(Self.claim(time)) }
    #expect(Self.take(&queue) == Self.id(1, 0))
    #expect(Self.take(&queue) == Self.id(2, 0))
    #expect(Self.settle(Self.id(2, 0), &queue))
    #expect(!Self.settle(Self.id(2, 0), &queue))
    #expect(!Self.settle(Self.id(3, 0), &queue))
    queue.restart()
    #expect(queue.underwayCount == 0)
    #expect(Self.drain(&queue) == [Self.id(1, 0), Self.id(3, 0)])
  }

  @Test func aPostponedOneDoesNotHoldUpTheOthers() {
    var queue = DeliveryQueue((1...2).map { Self.id($0, 0) })
    for time in 1...2 { queue.retired(Self.claim(time)) }
    #expect(Self.take(&queue) == Self.id(1, 0))
    queue.postpone(Self.id(1, 0))
    #expect(Self.drain(&queue) == [Self.id(2, 0)])
    queue.resumePostponed()
    #expect(Self.drain(&queue) == [Self.id(1, 0)])
  }

  /// Quadratic work would take minutes here.
  @Test(.timeLimit(.minutes(1))) func manyAreTakenAndSettledOneByOne() {
    let ids = (0..<100_000).map { Self.id($0 / 1000, $0 % 1000) }
    var queue = DeliveryQueue(ids)
    for time in 0..<100 { queue.retired(Self.claim(time)) }
    var count = 0
    while let id = queue.next() {
      #expect(id == ids[count])
      #expect(Self.settle(id, &queue))
      count += 1
    }
    #expect(count == ids.count)
  }
}
