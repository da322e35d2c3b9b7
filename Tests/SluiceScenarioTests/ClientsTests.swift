import SluiceChannel
import SluiceTestSupport
import Testing

/// `sluice clients`: who uses which route, by day and in all.
@Suite(.serialized, .printsLogs)
struct ClientsTests {
  private struct Row {
    let state: String?
    let route: String?
    let uid: Int64?
    let program: String?
    let count: Int64?
    let days: Int64
    let scripts: [String]
    let schedules: [String]
  }

  private static func rows(_ channel: Rehearsal, _ words: [String] = []) throws -> [Row] {
    let words = channel.words(["clients", "--json"] + words)
    let outcome = try RunningProgram(words, variables: channel.variables).end()
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
    return try JSONText.object(outcome.output).objects("clients").map { client in
      let days = client.object("days")
      return Row(
        state: client.text("state"), route: client.text("route"), uid: client.number("uid"),
        program: client.text("program"), count: client.number("count"),
        days: (days?.members ?? []).reduce(0) { $0 + (days?.number($1.key) ?? 0) },
        scripts: client.objects("scripts").compactMap { $0.text("path") },
        schedules: client.objects("scripts").flatMap { $0.objects("schedules").compactMap { $0.text("when") } })
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func everyRouteNamesItsUsers() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      // Probes of apply and verify are nobody's use.
      #expect(try channel.sluice("verify").status == 0)
      #expect(try Self.rows(channel).isEmpty)
      try channel.shell(
        #"""
        echo '{"method":"ping"}' | socat - UNIX-CONNECT:$DIR/mcp.sock
        echo '{"method":"ping"}' > $DIR/mcp.fifo
        ( flock -x 200; echo '{"method":"ping"}' >> "$DIR/mcp_in.json" ) 200>"$DIR/mcp.lock"
        """#)
      for number in 1...2 {
        try channel.shell(#"echo '{"method":"ping"}' > $DROP; sleep 0.2"#, user: SecondUser.prefix)
        try eventually("drop \(number) is handled") { try channel.count("file-drop", "handled") == number }
      }
      try eventually("all are counted: \((try? channel.sluice("clients").output) ?? "")") {
        try Self.rows(channel).reduce(0) { $0 + ($1.count ?? 0) } == 5
      }
      let rows = try Self.rows(channel)
      // By program where it was still there to be asked: one row or two.
      let legacy = rows.filter { $0.route == "file-drop" }
      #expect(legacy.allSatisfy { $0.uid == Int64(SecondUser.id) && $0.count == $0.days && $0.state == "to move" })
      #expect(legacy.reduce(0) { $0 + ($1.count ?? 0) } == 2)
      let socket = try #require(rows.first { $0.route == "socket" })
      #expect(socket.uid == 0 && socket.count == 1 && socket.state == "moved")
      #expect(socket.program == "socat")
      #expect(rows.first { $0.route == "fifo" }?.uid == nil && rows.contains { $0.route == "fifo" && $0.count == 1 })
      #expect(rows.contains { $0.route == "run-file" && $0.count == 1 })
      let text = try channel.sluice("clients")
      #expect(text.status == 0 && text.output.contains("nobody knows (fifo names no writer)"), "\(text)")
      #expect(text.output.contains("not yet:") && text.output.contains("uid \(SecondUser.id)"), "\(text)")
    }
  }

  /// A drop's writer that is still there when the witness looks is named by what it calls itself.
  @Test(.enabled(if: Privilege.isRoot, "needs CAP_SYS_ADMIN"))
  func theWitnessNamesTheWriter() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      try Files.write("\(channel.root)/nightly.sh", "#!/bin/bash\necho '{\"method\":\"ping\"}' > $DROP\nsleep 0.3\n")
      try channel.shell("chmod 755 $ROOT/nightly.sh; $ROOT/nightly.sh")
      try eventually("the drop is counted") { try Self.rows(channel).count == 1 }
      #expect(try Self.rows(channel).first?.program == "nightly.sh")
      // A script that is found and seen is one row, with its schedule.
      try channel.directory.makeDirectory("etc/cron.d")
      try channel.directory.makeDirectory("opt")
      try Files.write("\(channel.root)/opt/nightly.sh", "echo x > /tmp/mcp_in.json\n")
      try Files.write("\(channel.root)/etc/cron.d/n", "0 3 * * * root /opt/nightly.sh\n")
      let rows = try Self.rows(channel, ["--scripts", "/opt"])
      #expect(rows.count == 1)
      #expect(rows.first?.schedules == ["0 3 * * *"] && rows.first?.scripts == ["\(channel.root)/opt/nightly.sh"])
    }
  }

  @Test func callersThatWereNeverSeenAreListedWithTheirSchedule() throws {
    try Rehearsal.run { channel in
      try channel.serve()
      for path in ["etc/cron.d", "etc/cron.monthly", "opt"] { try channel.directory.makeDirectory(path) }
      try Files.write("\(channel.root)/etc/cron.monthly/report", "#!/bin/sh\ncp x /tmp/mcp_in.json\n")
      try Files.write("\(channel.root)/etc/cron.d/direct", "5 4 * * 1 root echo x > /tmp/mcp_in.json\n")
      try Files.write("\(channel.root)/opt/by-hand", "echo x >> /tmp/mcp_in.json\n")
      try Files.write("\(channel.root)/opt/reader", "cat /tmp/mcp_in.json\n")
      let rows = try Self.rows(channel, ["--scripts", "/opt"])
      #expect(rows.map(\.state) == ["unseen", "unseen", "unseen"])
      let found = Dictionary(uniqueKeysWithValues: rows.map { ($0.scripts.first ?? "", $0.schedules) })
      #expect(
        found == [
          "\(channel.root)/etc/cron.monthly/report": ["monthly"],
          "\(channel.root)/etc/cron.d/direct": ["5 4 * * 1"], "\(channel.root)/opt/by-hand": [],
        ])
      let text = try channel.sluice("clients")
      #expect(text.output.contains("33d") && text.output.contains("cron.monthly/report"), "\(text)")
    }
  }

  /// What was counted stays counted when the log that told of it is let go of.
  @Test func countsOutliveTheLog() throws {
    try Rehearsal.run(#"audit: { rotate: "64K", keep: 1 }"#) { channel in
      let server = try channel.serve("--phase", "socket")
      for batch in 1...5 {
        try channel.shell(
          #"for i in $(seq 300); do echo '{"method":"ping"}'; done | socat -t5 - UNIX-CONNECT:$DIR/mcp.sock > /dev/null"#
        )
        try eventually("batch \(batch) is counted") { try Self.rows(channel).first?.count == Int64(300 * batch) }
      }
      #expect(try channel.sluice("audit", "verify").output.contains("let go of"))
      server.kill()
      try channel.serve("--phase", "socket")
      #expect(try Self.rows(channel).first?.count == 1500)
    }
  }
}
