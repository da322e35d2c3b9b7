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
}
