import Testing

@testable import SluiceServer

@Suite struct ReplyOrderTests {
  /// Completions in any order; the bytes come out in the order of the requests.
  @Test(arguments: [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 0, 1, 3], [0, 3, 1, 2]])
  func repliesKeepTheOrderOfRequests(completions: [Int]) {
    var order = ReplyOrder()
    let slots = (0..<4).map { _ in order.begin() }
    var out: [UInt8] = []
    for index in completions { out += order.complete(slots[index], with: [UInt8(index)]) }
    #expect(out == [0, 1, 2, 3])
    #expect(order.isClear)
  }

  @Test func nothingGoesOutBeforeTheFirst() {
    var order = ReplyOrder()
    let first = order.begin()
    let second = order.begin()
    #expect(order.complete(second, with: [2]).isEmpty)
    #expect(!order.isClear)
    #expect(order.complete(first, with: [1]) == [1, 2])
    let third = order.begin()
    #expect(order.complete(third, with: [3]) == [3])
  }

  @Test func anEmptyReplyHoldsItsPlace() {
    var order = ReplyOrder()
    let first = order.begin()
    let second = order.begin()
    #expect(order.complete(first, with: []).isEmpty)
    #expect(order.complete(second, with: [2]) == [2])
  }
}
