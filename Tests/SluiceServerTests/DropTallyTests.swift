import SluiceStore
import SluiceTestSupport
import SluiceSystem
import Testing

@testable import SluiceServer

/// The account of legacy drops, by path, user and reason.
@Suite struct DropTallyTests {
  @Test(
    arguments: [
      (nil, "not a JSON text in UTF-8", DropReason.malformed),
      (nil, "mcp_bad.json is malformed by definition", .malformed),
      (nil, "contended: processes 1, 2 wrote it at once", .contended),
      (nil, "the beginning of a message whose rest never came", .unfinished),
      (nil, "message is larger than 1024 bytes (not kept: the quarantine is full)", .tooLarge),
      (nil, "a symbolic link stood at the path", .notAFile), (nil, "it has a second name", .secondName),
      (nil, "not readable: Permission denied", .unreadable), (nil, "too many unfinished drops of uid 7", .crowded),
      (-32600, #"the key "sluice" is reserved"#, .forged), (403, "by rule contended: processes ", .notPermitted),
      (502, "the handler was interrupted and may have acted", .interrupted),
    ] as [(Int?, String, DropReason)])
  func reasons(_ code: Int?, _ reason: String, _ expected: DropReason) {
    #expect(DropReason(code: code, reason: reason) == expected)
  }

  @Test func aKilledServersDropsAndGapsAreCountedOnce() throws {
    let log = """
      {"seq":1,"time":"t","event":"handled","route":"file-drop","uid":7,"path":"/tmp/a","gen":1,"id":"c1-0","bytes":1}
      {"seq":2,"time":"t","event":"quarantined","route":"file-drop","path":"/tmp/a","gen":1,"id":"c2-0","reason":"x"}
      {"seq":3,"time":"t","event":"relay-gap","id":"g1-0","began":5,"ended":9,"reason":"relay down"}
      {"seq":4,"time":"t","event":"relay-gap","id":"g1-0","began":5,"ended":9,"reason":"relay down"}
      {"seq":5,"time":"t","event":"quarantined","route":"fifo","gen":1,"id":"f2-0","reason":"x"}

      """
    let directory = try TemporaryDirectory()
    let state = try State(path: "\(directory.path)/state.db")
    let place = try Directory.open(directory.path)
    try place.replaceFile("log", with: Array(log.utf8), mode: 0o600)
    var known: [String: Outcome.Kind] = [:]
    for _ in 0..<2 {
      _ = try LedgerReplay.run(
        AuditFiles(in: place, name: "log"), end: Int64(log.utf8.count), state: state, known: &known)
    }
    let drops = try state.drops()
    #expect(drops.map(\.uid) == [nil, 7] && drops.map(\.count) == [1, 1])
    #expect(drops.map(\.outcome) == ["quarantined", "delivered"] && drops.map(\.reason) == ["malformed", ""])
    #expect(try state.gaps(limit: 10) == [RelayGap(id: "g1-0", from: 5, to: 9, reason: "relay down")])
    #expect(known["g1-0"] == .handled)
  }
}
