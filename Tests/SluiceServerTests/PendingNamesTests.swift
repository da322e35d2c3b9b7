import Testing

@testable import SluiceServer

@Suite struct PendingNamesTests {
  /// One line of a hello.
  struct Line: Sendable {
    let names: Set<String>
    var isFirst = false
    var hasMore = false
  }

  private static func result(_ lines: [Line]) -> [Set<String>?] {
    var names = PendingNames()
    return lines.map { names.take($0.names, isFirst: $0.isFirst, hasMore: $0.hasMore) }
  }

  @Test(
    arguments: [
      ([Line(names: [], isFirst: true)], [[]]),
      ([Line(names: ["a"], isFirst: true)], [["a"]]),
      ([Line(names: ["a"], isFirst: true, hasMore: true), Line(names: ["b"])], [nil, ["a", "b"]]),
      // Out of turn: without a hello, and behind the last line.
      ([Line(names: ["a"])], [nil]),
      ([Line(names: ["a"], isFirst: true), Line(names: ["b"])], [["a"], nil]),
      // Another hello begins anew.
      ([Line(names: ["a"], isFirst: true, hasMore: true), Line(names: ["b"], isFirst: true)], [nil, ["b"]]),
    ] as [([Line], [Set<String>?])])
  func theListIsKnownWithItsLastLine(_ lines: [Line], _ expected: [Set<String>?]) {
    #expect(Self.result(lines) == expected)
  }

  @Test func moreThanIsKeptIsNoListAtAll() {
    var names = PendingNames()
    let many = Set((0..<PendingNames.most).map { "c\($0)" })
    let first = names.take(many, isFirst: true, hasMore: true)
    let second = names.take(["one", "too", "many"], isFirst: false, hasMore: true)
    let last = names.take(["x"], isFirst: false, hasMore: false)
    #expect(first == nil && second == nil && last == nil)
    #expect(names.isOverfull)
    let next = names.take(["y"], isFirst: true, hasMore: false)
    #expect(next == ["y"])
  }
}
