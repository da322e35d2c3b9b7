import SluiceChannel
import SluiceStore
import Testing

@testable import SluiceCommands

@Suite struct RehearsalTests {
  private func message(_ label: String) -> RehearsalMessage.Found { .whole(label) }

  @Test func messagesSayWhenTheyAreMixed() {
    let one = RehearsalMessage.text("w0-1", size: 200)
    let two = RehearsalMessage.text("w1-1", size: 200)
    #expect(one.utf8.count == 200)
    #expect(RehearsalMessage.read(Substring(one)) == .whole("w0-1"))
    #expect(RehearsalMessage.read(Substring(one.prefix(100) + two.suffix(100))) == .mixed)
    #expect(RehearsalMessage.read(Substring(one.prefix(90))) == .mixed)
    #expect(RehearsalMessage.read(Array((one + "\n" + two + "\nx").utf8)) == [.whole("w0-1"), .whole("w1-1"), .mixed])
  }

  private func ledger(handled: Int64, quarantined: Int64 = 0, pending: Int64 = 0) -> LedgerEntry {
    var entry = LedgerEntry(route: "file-drop", generation: 1)
    entry.handled = handled
    entry.quarantined = quarantined
    entry.accepted = handled + quarantined + pending
    return entry
  }

  private func seen() -> RehearsalAccount.Seen {
    var seen = RehearsalAccount.Seen()
    seen.written = ["a": .overwrite, "b": .append, "c": .rename, "d": .socket]
    seen.oldServer = [.whole("a")]
    seen.handled = [.whole("b"), .whole("d")]
    seen.ledger = [ledger(handled: 2)]
    return seen
  }

  @Test func aSoundAccountBalances() {
    let account = RehearsalAccount(seen())
    #expect(account.problems == [])
    #expect(account.written == 4 && account.overwritten == 1 && account.oldServer == 1 && account.handled == 2)
    #expect(account.lost == 0 && account.twice == 0)
  }

  @Test func whatIsWrongIsNamed() {
    var twice = seen()
    twice.handled?.append(.whole("a"))
    twice.ledger = [ledger(handled: 3)]
    #expect(RehearsalAccount(twice).problems == ["handled twice: a"])
    #expect(RehearsalAccount(twice).twice == 1)
    var gone = seen()
    gone.handled = [.whole("b")]
    gone.ledger = [ledger(handled: 1)]
    #expect(RehearsalAccount(gone).problems == ["sent and never handled: d"])
    #expect(RehearsalAccount(gone).lost == 1)
    var strange = seen()
    strange.oldServer.append(.whole("z"))
    #expect(RehearsalAccount(strange).problems == ["handled, but nobody wrote it: z"])
    strange.unsure = ["z"]
    #expect(RehearsalAccount(strange).problems == [])
    var unseen = seen()
    unseen.ledger = [ledger(handled: 5)]
    #expect(RehearsalAccount(unseen).problems == ["the ledger has 5 handled, the handler got 2"])
    var open = seen()
    open.ledger = [ledger(handled: 2, pending: 3)]
    #expect(RehearsalAccount(open).problems == ["the ledger does not balance: 3 accepted without an end"])
    #expect(RehearsalAccount(open).lost == 3)
  }

  @Test func writersAreModelledOnWhatWasSeen() {
    #expect(RehearsalModel([], sizes: [:]).writers.map(\.style) == [.overwrite, .append, .rename, .slow, .follow])
    func count(_ route: String, _ uid: Int64, _ count: Int64) -> Caller {
      Caller(route: route, uid: uid, program: nil, first: 0, last: 0, count: count)
    }
    let model = RehearsalModel(
      [count("file-drop", 1, 1000), count("fifo", 1, 100), count("fifo", 2, 500)], sizes: ["fifo": 900])
    #expect(model.writers.map(\.style) == [.overwrite, .append, .rename, .slow, .fifo, .fifo, .follow])
    #expect(model.writers.filter { $0.style == .fifo }.map(\.size) == [900, 900])
    #expect(model.writers.filter { $0.style == .fifo }.map(\.interval) == [40_000_000, 200_000_000])
    let crowd = (0..<100).map { count("socket", $0, 5) }
    #expect(RehearsalModel(crowd, sizes: [:]).writers.count <= 17)
  }

  @Test func theTimeToSettleIsShortened() {
    let text = "{ // settle: \"9s\"\n  gates: { oldServer: \"3s\", canaries: 3, settle: \"1s\" }, // 1s\n}"
    #expect(
      RehearseCommand.shortened(text)
        == "{ // settle: \"9s\"\n  gates: { oldServer: \"50ms\", canaries: 3, settle: \"50ms\" }, // 1s\n}")
    #expect(RehearseCommand.shortened("{ gates: {} }") == "{ gates: {} }")
    #expect(RehearseCommand.shortened("{") == "{")
  }
}
