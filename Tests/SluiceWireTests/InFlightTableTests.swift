import SluiceWire
import Testing

/// What an id is to the table, step by step.
@Suite struct InFlightTableTests {
  enum Step: Sendable {
    case begin(RequestID, Bool)
    case settle(RequestID, String)
    case withdraw(RequestID, Bool)
    case expire(RequestID, Bool)
    case running(Int)
  }

  @Test(arguments: [
    (
      "an id is free after its answer",
      [Step.begin(.integer(7), true), .settle(.integer(7), "answer"), .begin(.integer(7), true)]
    ),
    (
      "\"7\" is not 7",
      [.begin(.integer(7), true), .begin(.string("7"), true), .settle(.string("7"), "answer"), .running(1)]
    ),
    ("an id in flight is refused", [.begin(.integer(7), true), .begin(.integer(7), false), .running(1)]),
    (
      "what nobody asked is unknown",
      [.settle(.integer(7), "unknown"), .begin(.integer(8), true), .settle(.unsigned(8), "unknown")]
    ),
    (
      "a second answer is unknown",
      [.begin(.integer(7), true), .settle(.integer(7), "answer"), .settle(.integer(7), "unknown")]
    ),
    (
      "a cancelled id stays taken until its late answer",
      [
        .begin(.integer(7), true), .withdraw(.integer(7), true), .running(0), .begin(.integer(7), false),
        .withdraw(.integer(7), false), .settle(.integer(7), "withdrawn"), .begin(.integer(7), true),
      ]
    ),
    (
      "so does one that took too long",
      [
        .begin(.integer(7), true), .expire(.integer(7), true), .begin(.integer(7), false),
        .withdraw(.integer(7), false),
        .settle(.integer(7), "expired"), .settle(.integer(7), "unknown"),
      ]
    ),
    ("what does not run cannot be given up", [.withdraw(.integer(7), false), .expire(.integer(7), false)]),
    (
      "as many run as may",
      [
        .begin(.integer(1), true), .begin(.integer(2), true), .begin(.integer(3), true), .begin(.integer(4), false),
        .withdraw(.integer(1), true), .begin(.integer(4), true), .running(3),
      ]
    ),
    (
      "of those given up the oldest are forgotten, answered ones first",
      [
        .begin(.integer(1), true), .expire(.integer(1), true), .begin(.integer(2), true), .expire(.integer(2), true),
        .settle(.integer(1), "expired"), .begin(.integer(3), true), .expire(.integer(3), true),
        .settle(.integer(2), "expired"), .begin(.integer(4), true), .expire(.integer(4), true),
        .begin(.integer(5), true),
        .expire(.integer(5), true), .settle(.integer(3), "unknown"), .settle(.integer(5), "expired"),
      ]
    ),
  ])
  func everyStep(_ name: String, _ steps: [Step]) {
    var table = InFlightTable<Int>(limit: 3, remembering: 2)
    for (place, step) in steps.enumerated() {
      let comment = Comment(rawValue: "\(name), step \(place)")
      switch step {
      case .begin(let id, let isTaken): #expect(table.begin(id, place) == isTaken, comment)
      case .withdraw(let id, let wasRunning): #expect((table.withdraw(id) != nil) == wasRunning, comment)
      case .expire(let id, let wasRunning): #expect((table.expire(id) != nil) == wasRunning, comment)
      case .running(let count): #expect(table.count == count && table.running.count == count, comment)
      case .settle(let id, let expected):
        let found =
          switch table.settle(id) {
          case .answer: "answer"
          case .withdrawn: "withdrawn"
          case .expired: "expired"
          case .unknown: "unknown"
          }
        #expect(found == expected, comment)
      }
    }
  }

  @Test func takingAllLeavesNothing() {
    var table = InFlightTable<String>(limit: 8)
    _ = table.begin(.integer(1), "a")
    _ = table.begin(.string("1"), "b")
    _ = table.begin(.integer(2), "c")
    _ = table.expire(.integer(2))
    #expect(Set(table.takeAll()) == ["a", "b"])
    #expect(table.count == 0 && !table.isTaken(.integer(2)))
  }
}
