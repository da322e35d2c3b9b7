import Testing

@testable import SluiceRelay

@Suite struct MessageOrderTests {
  @Test(arguments: [
    "", "c", "c0000000000000001", "c0000000000000001-", "c0000000000000001-0123456789abcdef",
    "c0000000000000001-0123456789abcdef-", "c0000000000000001-0123456789abcdef-x",
    "c000000000000001-0123456789abcdef-0",
    "c00000000000000001-0123456789abcdef-0", "c000000000000000g-0123456789abcdef-0",
    "c0000000000000001-0123456789abcdef-0-0", "c0000000000000001-0123456789abcdef--1",
    "c0000000000000001-0123456789abcdef-99999999999999999999", "é0000000000000001-0123456789abcdef-0",
    "c0000000000000001-0123456789abcdef-0é",
  ])
  func whatIsNoId(_ text: String) { #expect(MessageOrder(text) == nil) }

  @Test func idsInTheirOrder() {
    let ids = [
      "b0000000000000001-0123456789abcdef-0", "c0000000000000002-0123456789abcdef-2",
      "c0000000000000002-0123456789abcdef-10", "b000000000000000a-ffffffffffffffff-0",
      "c000000000000000b-0000000000000000-0", "g7fffffffffffffff-0123456789abcdef-0",
    ]
    #expect(MessageOrder.sorted(ids.reversed()) == ids)
    #expect(MessageOrder(ids[2])?.claim == "c0000000000000002-0123456789abcdef")
  }
}
