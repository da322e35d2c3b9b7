import SluiceMigration
import SluiceStore
import SluiceSystem
import SluiceTestSupport
import Testing

@Suite struct LedgerFoldTests {
  private func fold(_ text: String, upTo end: Int? = nil) throws -> [LedgerEntry] {
    let directory = try TemporaryDirectory()
    let place = try Directory.open(directory.path)
    try place.replaceFile("log", with: Array(text.utf8), mode: 0o600)
    return try LedgerFold.fold(AuditFiles(in: place, name: "log"), upTo: Int64(end ?? text.utf8.count))
  }

  private let lines = [
    #"{"seq":1,"event":"handled","route":"socket","gen":1}"#, #"{"seq":2,"event":"handled","route":"socket","gen":2}"#,
    #"{"seq":3,"event":"rejected","route":"socket","gen":2}"#, #"{"seal":{"records":3,"prev":"p","sha256":"d"}}"#,
    #"{"seq":4,"event":"quarantined","route":"fifo","gen":2}"#, #"{"seq":5,"event":"started","channel":"c"}"#,
  ]

  @Test func countsEachRouteAndGeneration() throws {
    let entries = try fold(lines.joined(separator: "\n") + "\n")
    #expect(entries.map(\.route) == ["socket", "fifo", "socket"])
    #expect(entries.map(\.accepted) == [1, 1, 2])
    #expect(entries.map(\.quarantined) == [0, 1, 0])
  }

  @Test func stopsAtThePlaceThatTheDatabaseNames() throws {
    let text = lines.joined(separator: "\n") + "\n"
    #expect(try fold(text, upTo: lines[0].utf8.count + 1).map(\.accepted) == [1])
    #expect(try fold(text, upTo: lines[0].utf8.count).isEmpty)
  }

  @Test func aDifferenceIsNamed() throws {
    let folded = try fold(lines.joined(separator: "\n") + "\n")
    #expect(LedgerFold.difference(folded, folded) == nil)
    var changed = folded
    changed[0].add(.handled)
    #expect(
      LedgerFold.difference(changed, folded)
        == "socket in generation 1: the ledger has accepted 2, handled 2, rejected 0, quarantined 0, the audit log"
        + " accepted 1, handled 1, rejected 0, quarantined 0")
    changed[0] = folded[0]
    changed[0].add(.canary)
    #expect(LedgerFold.difference(changed, folded)?.contains("quarantined 0, canaries 1, the audit log") == true)
    changed[0] = folded[0]
    changed[0].failed += 1
    #expect(LedgerFold.difference(changed, folded)?.contains("handled 1 (failed 1), rejected") == true)
    #expect(LedgerFold.difference([], folded)?.contains("the ledger has nothing") == true)
  }
}
