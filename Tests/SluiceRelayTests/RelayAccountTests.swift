import SluiceRelay
import Testing

/// What the relay remembers of itself over a restart.
@Suite struct RelayAccountTests {
  @Test func whatIsWrittenIsRead() throws {
    var account = RelayAccount()
    account.alive = 1_700_000_000_000_000_000
    account.heldSince = 5
    account.ending = "stopped"
    account.repliesLeft = 3
    account.repliesLost = 1
    var counts = RelayAccount.Path()
    counts.claimed = 7
    counts.empty = 2
    counts.overwritten = 4
    account.paths = ["/tmp/a b\".json": counts, "/tmp/b": RelayAccount.Path()]
    #expect(RelayAccount(json: account.json) == account)
    #expect(counts.seen == 11)
    for text in ["", "{", "[]", "{}", #"{"format":2,"alive":1}"#, #"{"format":1}"#] {
      #expect(RelayAccount(json: Array(text.utf8)) == nil, "\(text)")
    }
  }

  @Test(arguments: [
    (nil, nil, false, (100 as Int64, "relay down: it ended without a word") as (Int64, String)?),
    (nil, "stopped", false, (100, "relay down: stopped")), (nil, "stopped", true, (100, "relay down: stopped")),
    (40 as Int64?, nil, false, (40, RelayAccount.held)), (40, "stopped", true, nil),
  ])
  func absences(_ held: Int64?, _ ending: String?, _ isHolding: Bool, _ expected: (Int64, String)?) {
    var account = RelayAccount()
    account.alive = 100
    account.heldSince = held
    account.ending = ending
    let found = account.absence(until: 200, isHolding: isHolding)
    #expect(found?.from == expected?.0 && found?.reason == expected?.1)
    // The clock was put back.
    if let early = account.absence(until: 30, isHolding: isHolding) { #expect(early.from == 30 && early.to == 30) }
  }
}
