import SluicePolicy
import Testing

@testable import SluiceTransports

@Suite struct MessageDoubtTests {
  private static let doubt = ProcessEvidence.unknown(reason: "doubt")

  @Test func aMessageHasTheDoubtOfItsPieces() {
    var state = MessageDoubt()
    state.pieceBegins(nil, continues: false)
    #expect(state.ofMessage == nil)
    state.pieceBegins(.early, continues: false)
    #expect(state.ofMessage == .early)
    state.messageEnded()
    // The rest of a doubted piece is doubted, and what it began.
    #expect(state.ofMessage == .early)
    state.pieceBegins(nil, continues: true)
    #expect(state.ofMessage == .early)
    state.messageEnded()
    #expect(state.ofMessage == nil)
    // Over several pieces.
    state.pieceBegins(Self.doubt, continues: true)
    state.pieceBegins(nil, continues: true)
    state.pieceBegins(nil, continues: true)
    #expect(state.ofMessage == Self.doubt)
    state.messageEnded()
    #expect(state.ofMessage == nil)
    // A piece without the rest of one.
    state.pieceBegins(Self.doubt, continues: false)
    state.pieceBegins(nil, continues: false)
    #expect(state.ofMessage == nil)
  }

  @Test func usersTakeTurns() {
    var queue = FairQueue<String>()
    for index in 1...3 { queue.append("a\(index)", of: 1) }
    queue.append("b1", of: 2)
    queue.append("c1", of: 3)
    queue.append("b2", of: 2)
    var order: [String] = []
    while let next = queue.next() { order.append(next) }
    #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3"])
    #expect(queue.isEmpty)
    queue.append("d", of: 1)
    #expect(queue.next() == "d")
  }
}
