import SluiceMigration
import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing
import SluiceChannel

@Suite struct EndCensusTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func files(_ name: String, _ records: [String]) throws -> AuditFiles {
    let place = try Directory.open(directory.path)
    let lines = records.enumerated().map { #"{"seq":\#($0 + 1),"time":"2026-01-01T00:00:0\#($0)Z",\#($1)}"# + "\n" }
    try place.replaceFile(name, with: Array(lines.joined().utf8), mode: 0o600)
    return try AuditFiles(in: place, name: name)
  }

  private func count(
    _ audit: [String], relay: [String]? = nil, known: [String: Outcome.Kind] = [:], upTo: Int64 = .max
  ) throws -> EndCensus {
    try EndCensus.count(
      files("audit", audit), upTo: upTo, relay: try relay.map { (try files("relay", $0), .max) }, known: known)
  }

  @Test func eachIdHasOneEnd() throws {
    let census = try count([
      #""event":"handled","route":"fifo","id":"f1-0""#, #""event":"handled","route":"socket""#,
      #""event":"canary","route":"fifo","id":"f2-0""#, #""event":"started","channel":"c""#,
      #""event":"quarantine-retried","id":"f1-0""#,
    ])
    #expect(census.ended == 2 && census.twice.isEmpty && census.isWhole)
  }

  @Test func twoEndsAreNamed() throws {
    let census = try count([
      #""event":"handled","id":"c1-0""#, #""event":"failed","id":"c2-0""#, #""event":"quarantined","id":"c1-0""#,
    ])
    #expect(census.twice.first == ["c1-0"] && census.twice.text == "c1-0")
  }

  /// An id inside of another member, even one that looks like a member, is none.
  @Test func onlyMembersOfTheRecordCount() throws {
    let census = try count([
      #""event":"handled","peer":{"id":"c1-0","x":[1,{"id":"c1-0"}]},"id":"c2-0""#,
      #""event":"handled","method":"\",\"id\":\"c2-0\"","id":"c3-0""#, #""event":"handled","n":3,"id":"c1-0""#,
    ])
    #expect(census.ended == 3 && census.twice.isEmpty)
  }

  @Test func theRelaysMessagesEnd() throws {
    let relay = [
      #""event":"claimed","id":"c1","path":"/tmp/a""#, #""event":"message","id":"c1-0""#,
      #""event":"settled","id":"c1-0""#, #""event":"message","id":"c2-0""#, #""event":"message","id":"c3-0""#,
      #""event":"settled","id":"c3-0""#, #""event":"quarantined","id":"c4-0","reason":"r""#,
    ]
    let census = try count([#""event":"handled","id":"c1-0","path":"/tmp/a""#], relay: relay)
    #expect(census.settledWithoutEnd == ["c3-0"])
    #expect(census.open == ["c2-0", "c4-0"])
    #expect(census.claims == ["/tmp/a": 1])
    #expect(census.drops["/tmp/a"]?.delivered == 1)
  }

  @Test func theDatabaseSaysTheSame() throws {
    let audit = [#""event":"handled","id":"c1-0""#, #""event":"quarantined","id":"c2-0""#]
    let census = try count(
      audit, known: ["c1-0": .handled, "c2-0": .handled, "c3-0": .failed, "c4-0": .started, "c5-0": .started])
    #expect(census.contradicted.first == ["c2-0"])
    #expect(census.unrecorded == ["c3-0"])
    #expect(census.started.sorted() == ["c4-0", "c5-0"])
  }

  /// A message whose end the database has counted is no longer with a handler, whatever somebody wrote there.
  @Test(arguments: [(Int64.max, ["c1-0"]), (Int64(0), [String]())])
  func whatHasEndedIsNotBegunAgain(upTo: Int64, contradicted: [String]) throws {
    let census = try count([#""event":"handled","id":"c1-0""#], known: ["c1-0": .started], upTo: upTo)
    #expect(census.contradicted.first == contradicted && census.started.isEmpty)
  }

  /// What the database does not count yet is not compared with what it counts.
  @Test func dropsAreCountedUpToThePlaceThatTheDatabaseNames() throws {
    let one = #""event":"handled","id":"c1-0","path":"/tmp/\"a""#
    let all = try count([one, #""event":"rejected","id":"c2-0","path":"/tmp/\"a""#])
    #expect(all.drops[#"/tmp/"a"#].map { [$0.delivered, $0.quarantined] } == [1, 1])
    let line = Int64(#"{"seq":1,"time":"2026-01-01T00:00:00Z",\#(one)}"#.utf8.count + 1)
    let part = try count([one, #""event":"rejected","id":"c2-0","path":"/tmp/\"a""#], upTo: line)
    #expect(part.drops[#"/tmp/"a"#].map { [$0.delivered, $0.quarantined] } == [1, 0])
  }

  @Test func linesThatAreNoRecordsAreNotCounted() throws {
    let place = try Directory.open(directory.path)
    let text = "{\n{\"id\n{\"event\":\"handled\",\"id\":\"c1-0\"\n[\"id\"]\nid\n{\"event\":\"handled\",\"id\":\n"
    try place.replaceFile("audit", with: Array(text.utf8), mode: 0o600)
    let census = try EndCensus.count(
      AuditFiles(in: place, name: "audit"), upTo: .max, relay: nil, known: [:])
    #expect(census.ended <= 1 && census.twice.isEmpty)
  }

  @Test func latenciesAreTold() {
    var census = CanaryCensus(.fifo)
    #expect(census.p99 == nil && !census.isSound)
    for number in 1...200 { census.saw(after: Int64(number) * 1_000_000) }
    census.sent = 200
    census.once = 200
    #expect(census.p99 == 198_000_000)
    #expect(census.text == "200 sent, 200 seen once, 0 twice, 0 lost, p99 198 ms")
    census.twice = 1
    #expect(!census.isSound)
  }
}
