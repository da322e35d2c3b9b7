import SluiceChannel
import SluiceSystem
import Testing

/// The far end of the relay, and its account, with the real binary and real users.
@Suite(.serialized, .printsLogs)
struct RelayAccountTests {
  private static let good = #"{"method":"note"}"#

  private func rows(_ channel: Rehearsal) throws -> [String] {
    try channel.status().objects("drops").map { row in
      let path = row.text("path")?.split(separator: "/").last.map(String.init) ?? ""
      let uid = row.number("uid").map { "\($0)" } ?? "-"
      return "\(path) \(uid): \(row.number("delivered") ?? -1) \(row.number("quarantined") ?? -1)"
    }
  }

  private func gaps(_ channel: Rehearsal) throws -> [String] {
    try channel.status().objects("gaps").compactMap { $0.text("reason") }
  }
  private func absences(_ channel: Rehearsal) throws -> [String] {
    // Without a migration it holds until the server has said otherwise.
    try gaps(channel).filter { $0.hasPrefix("relay down: ") }
  }

  private func dropAndWait(_ channel: Rehearsal, _ text: String, as user: [String] = []) throws {
    let outcome = try channel.shell(#"printf '%s\n' "$1" > "$DROP""#, text, user: user)
    guard outcome.status == 0 else { throw ScenarioFailure("\(outcome)") }
    try eventually("the drop is taken") { try !Files.exists(channel.drop) }
  }

  // MARK: Counts

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func whatBecameOfEachUsersDropsOutlivesKills() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.useRecordingHandler()
      var (server, relay) = try channel.open("run-file")
      for round in 1...3 {
        try dropAndWait(channel, Self.good)
        try dropAndWait(channel, Self.good, as: SecondUser.prefix)
        try dropAndWait(channel, "no json", as: SecondUser.prefix)
        try channel.shell(#"echo x > "${DROP/in/bad}""#)
        let want = [
          "mcp_bad.json 0: 0 \(round)", "mcp_in.json 0: \(round) 0", "mcp_in.json \(SecondUser.id): \(round) \(round)",
        ]
        try eventually("\(want) are counted") { try rows(channel) == want }
        if round == 1 {
          server.kill()
          server = try channel.serve("--phase", "run-file")
        } else if round == 2 {
          relay.kill()
          relay = try channel.relay()
        }
        try channel.waitForRelay()
        #expect(try rows(channel) == want)
      }
      let reasons = try #require(try channel.status().objects("drops").last?.object("reasons"))
      #expect(reasons.number("malformed") == 3)
      #expect(try channel.sluice("status").output.contains("3 malformed"))
      try channel.expectBalanced()
    }
  }

  @Test func filesThatWereMovedOverAreCounted() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (_, relay) = try channel.open("run-file")
      try dropAndWait(channel, Self.good)
      try eventually("it is handled") { try channel.count("file-drop", "handled") == 1 }
      try relay.signal("STOP")
      try channel.shell(
        #"for n in 1 2 3 4; do printf '%s\n' "$1" > "$DROP.$n"; mv "$DROP.$n" "$DROP"; done"#, Self.good)
      try relay.signal("CONT")
      var found: JSON5Object?
      try eventually("the three that were moved over are counted: \(found.debugDescription)") {
        found = try channel.status().objects("legacyPaths").first
        return found?.number("overwritten") == 3
      }
      #expect(found?.number("claimed") == 2 && found?.number("seen") == 5)
      try channel.waitUntilDrained()
      // Kept over a restart.
      try relay.terminate()
      _ = try relay.end()
      try channel.relay()
      try channel.waitForRelay()
      #expect(try channel.status().objects("legacyPaths").first?.number("overwritten") == 3)
    }
  }

  // MARK: Gaps

  @Test func timesWithoutTheRelayAreTold() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      var (_, relay) = try channel.open("run-file")
      #expect(try absences(channel) == [])
      relay.kill()
      relay = try channel.relay()
      try eventually("a kill") { try absences(channel) == ["relay down: it ended without a word"] }
      try relay.terminate()
      _ = try relay.end()
      relay = try channel.relay()
      try eventually("an orderly end") { try absences(channel).first == "relay down: stopped" }
      // Another directory over the drop directory: no event tells of it.
      try channel.shell(#"mv "$ROOT/tmp" "$ROOT/gone"; mkdir -m 1777 "$ROOT/tmp""#)
      #expect(try relay.end() == 1)
      relay = try channel.relay()
      try eventually("a directory that was swapped") {
        try absences(channel).count == 3
      }
      #expect(try absences(channel).first?.contains("directory") == true)
      let records = try channel.events("relay-gap")
      #expect(records.count { $0.text("reason")?.hasPrefix("relay down: ") == true } == 3)
      for record in records { #expect((record.number("began") ?? 0) <= (record.number("ended") ?? -1)) }
      #expect(try channel.sluice("status").output.contains("gap     "))
      try channel.expectBalanced()
    }
  }

  @Test func aTimeInWhichDropsWereLeftAloneIsTold() throws {
    try Rehearsal.run { channel in
      try channel.relay()
      try channel.serve()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try eventually("held until the phase began") { try gaps(channel) == [RelayHold.words] }
    }
  }

  private enum RelayHold { static let words = "held: drops were left to the old reader" }

  // MARK: Who wrote it

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func theWriterReachesRecordAndHandler() throws {
    try Rehearsal.run(isOpen: true) { channel in
      let script = """
        { env | grep -E '^SLUICE_(DROP_|PEER_|ATT)' | sort | tr '\\n' ' '; echo; } >>"$1"; cat >/dev/null; echo '{"result":1}'

        """
      try channel.configure(try channel.scriptHandler(script))
      try channel.open("run-file")
      try channel.shell(#"umask 022; printf '%s\n' "$1" > "$DROP""#, Self.good, user: SecondUser.prefix)
      try eventually("handled") { try Files.lines(channel.record).count == 1 }
      try channel.shell(
        #"umask 0; printf '%s\n' "$1" > "$DROP.x"; chmod 0666 "$DROP.x"; mv "$DROP.x" "$DROP""#, Self.good,
        user: SecondUser.prefix)
      try eventually("handled") { try Files.lines(channel.record).count == 2 }
      // A handler is done before its end is on record.
      try eventually("recorded") { try channel.events("handled").count == 2 }
      let proof = try #require(try channel.events("handled").first?.text("proof"))
      #expect(["witnessed", "leased", "quiet"].contains(proof))
      for (line, owner) in zip(try Files.lines(channel.record), ["owner", "shared"]) {
        for word in [
          "SLUICE_ATTESTATION=relayed ", "SLUICE_DROP_OWNER=\(owner) ", "SLUICE_DROP_PATH=\(channel.drop) ",
          "SLUICE_DROP_PROOF=", "SLUICE_PEER_UID=\(SecondUser.id) ",
        ] {
          #expect(line.contains(word), "\(line)")
        }
      }
      let records = try channel.events("handled")
      #expect(records.map { $0.text("path") } == [channel.drop, channel.drop])
      #expect(records.map { $0.flag("shared") } == [nil, true])
      #expect(records.allSatisfy { $0.text("attestation") == "relayed" && $0.number("uid") == Int64(SecondUser.id) })
    }
  }

  @Test(arguments: [
    #"{"sluice":{"proof":"witnessed"},"message":{"method":"note"}}"#,
    #"{"sluice":{"origin":{"uid":0,"gid":0,"mode":384,"attestation":"owner","path":"/tmp/x"}},"message":{"method":"note"}}"#,
    #"{"sluice":{"claim":"c1-0"},"message":{"method":"note"}}"#,
  ])
  func whoeverElseVouchesIsRefusedAndRecorded(envelope: String) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let reply = try channel.socat(envelope + "\n")
      #expect(reply.output.contains("reserved"), "\(reply)")
      try eventually("the peer's is recorded") {
        try channel.events("rejected").contains { $0.text("reason")?.contains("reserved") == true }
      }
      try dropAndWait(channel, envelope)
      try eventually("the drop's is recorded") {
        try channel.events("quarantined").contains { $0.text("reason")?.contains("reserved") == true }
      }
      #expect(try channel.status().objects("drops").first?.object("reasons")?.number("forged") == 1)
      #expect(try Files.lines(channel.record) == [])
    }
  }

  // MARK: Replies

  private func withReplies(_ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run(isOpen: true) { channel in
      let handler = try channel.scriptHandler(
        #"read -r l; echo "$l" >>"$1"; echo "{\"result\":$(wc -l < "$1")}""# + "\n")
      let legacy = #"legacy: { writers: "anyone", reply: "/tmp/out-{uid}.json" },"#
      try Files.write(channel.channelFile, #"{ format: 1, channel: "parrot-mcp", \#(legacy) \#(handler) }"# + "\n")
      try channel.open("run-file")
      try body(channel)
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aReplyIsItsWritersAlone() throws {
    try withReplies { channel in
      let path = "\(channel.root)/tmp/out-\(SecondUser.id).json"
      for number in 1...3 {
        try dropAndWait(channel, Self.good, as: SecondUser.prefix)
        try eventually("reply \(number)") { try Files.text(path) == "{\"result\":\(number)}\n" }
        let status = try #require(try Files.status(path))
        #expect(status.uid == SecondUser.id && status.mode == 0o600 && status.links == 1)
      }
      let third = ["setpriv", "--reuid", "1001", "--regid", "1001", "--clear-groups", "--"]
      #expect(try RunningProgram(third + ["cat", path]).end().status != 0)
      // A notification has none, and a file that others could write has no known writer.
      try channel.shell(
        #"umask 0; printf '%s\n' "$1" > "$DROP.x"; chmod 0666 "$DROP.x"; mv "$DROP.x" "$DROP""#, Self.good,
        user: third)
      try eventually("handled") { try Files.lines(channel.record).count == 4 }
      try channel.waitUntilDrained()
      #expect(try !Files.exists("\(channel.root)/tmp/out-1001.json"))
      try eventually("they are counted") { try channel.status().number("repliesLeft") == 3 }
    }
  }

  @Test(
    .enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"),
    arguments: [
      #"ln -s "$ROOT/victim" "$P""#, #"ln "$ROOT/victim" "$P""#, #"mkdir "$P""#, #"mkfifo "$P""#,
      #"echo mine > "$P"; chown 1001 "$P""#,
    ])
  func whatStandsAtItsNameIsLeftAlone(script: String) throws {
    try withReplies { channel in
      let path = "\(channel.root)/tmp/out-\(SecondUser.id).json"
      try Files.write("\(channel.root)/victim", "secret\n", mode: 0o644)
      let made = try channel.shell("P=\(path); \(script)")
      #expect(made.status == 0, "\(made)")
      let before = try Files.status(path)
      try dropAndWait(channel, Self.good, as: SecondUser.prefix)
      try eventually("it is counted as lost") { try channel.status().number("repliesLost") == 1 }
      #expect(try Files.status(path)?.identity == before?.identity)
      #expect(try Files.text("\(channel.root)/victim") == "secret\n")
    }
  }
}
