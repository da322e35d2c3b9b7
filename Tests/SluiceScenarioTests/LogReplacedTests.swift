import SluiceSystem
import Testing

/// Something else rotates the audit log under the running server.
@Suite(.serialized, .printsLogs)
struct LogReplacedTests {
  @Test(arguments: [
    ("cp -a audit.jsonl a2; mv a2 audit.jsonl", true), ("mv audit.jsonl audit.jsonl.1; : > audit.jsonl", true),
    ("rm audit.jsonl", false),
  ])
  func noRecordIsLost(damage: String, isForeign: Bool) throws {
    try Rehearsal.run { channel in
      let (server, _) = try channel.open("socket")
      let log = "\(channel.root)/var/log/sluice/parrot-mcp"
      func send() throws {
        for _ in 0..<5 { #expect(try channel.sluice("send", "--request", #"{"method":"ping"}"#).status == 0) }
      }
      try send()
      // What is added to the copy afterwards must not be taken for the server's own.
      try channel.shell("cd \(log) && sleep 0.1; \(damage)")
      try send()
      try eventually("it is said") { server.log.contains("\(log)/audit.jsonl was") }
      try send()
      let trouble = try channel.status().text("trouble") ?? ""
      #expect(trouble.contains("audit.rotate") == isForeign, "\(trouble)")
      let foreign = try Files.names(log).filter { $0.hasPrefix("audit.jsonl.foreign-") }
      #expect(foreign.count == (isForeign ? 1 : 0))
      for name in foreign { try Files.remove("\(log)/\(name)") }
      try eventually("the trouble is over") { try channel.status().text("trouble") == nil }
      try server.terminate()
      #expect(try server.end() == 0)
      let verified = try channel.sluice("audit", "verify")
      #expect(verified.status == 0, "\(verified)")
      try channel.serve("--phase", "socket")
      #expect(try channel.count("socket", "handled") == 15)
      let shown = try channel.shell("grep -h '\"event\":\"handled\"' \(log)/audit.jsonl | wc -l").output
      #expect(shown == "15\n")
    }
  }

  @Test(arguments: [
    ("cp -a relay.jsonl r2; mv r2 relay.jsonl", true), ("mv relay.jsonl relay.jsonl.1; : > relay.jsonl", true),
    ("rm relay.jsonl", false),
  ])
  func norOneOfTheRelays(damage: String, isForeign: Bool) throws {
    try Rehearsal.run { channel in
      let (_, relay) = try channel.open("socket")
      let log = "\(channel.root)/var/log/sluice/parrot-mcp"
      var dropped: Int64 = 0
      func drop() throws {
        for _ in 0..<3 {
          #expect(try channel.shell(#"echo '{"method":"ping"}' > "$DROP"; sleep 0.05"#).status == 0)
          dropped += 1
          try eventually("it is handled") { try channel.count("file-drop", "handled") == dropped }
        }
      }
      try drop()
      try channel.shell("cd \(log) && sleep 0.1; \(damage)")
      try drop()
      try eventually("it is said") { relay.log.contains("\(log)/relay.jsonl was") }
      try drop()
      if isForeign {
        try eventually("status says it") { try channel.status().text("relayTrouble")?.contains("audit.rotate") == true }
        #expect(try channel.sluice("status").output.contains("trouble  \(log)/relay.jsonl was replaced"))
      }
      let foreign = try Files.names(log).filter { $0.hasPrefix("relay.jsonl.foreign-") }
      #expect(foreign.count == (isForeign ? 1 : 0))
      for name in foreign { try Files.remove("\(log)/\(name)") }
      try eventually("the trouble is over") { try channel.status().text("relayTrouble") == nil }
      try relay.terminate()
      #expect(try relay.end() == 0)
      let verified = try channel.sluice("audit", "verify", "--relay")
      #expect(verified.status == 0, "\(verified)")
      let shown = try channel.shell("grep -h '\"event\":\"message\"' \(log)/relay.jsonl | wc -l").output
      #expect(shown == "9\n")
    }
  }
}
