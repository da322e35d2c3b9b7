import SluiceChannel
import SluiceSystem
import Testing

/// Rules of the channel file, with real users over real transports.
@Suite(.serialized, .printsLogs, .enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
struct PolicyTests {
  static let nobody = SecondUser.prefix
  static let third = ["setpriv", "--reuid", "1001", "--regid", "1001", "--clear-groups", "--"]
  static let member = ["setpriv", "--reuid", "1002", "--regid", "1002", "--groups", "4,4242", "--"]
  /// What the builtin handler answers to what it does not know: the call came through.
  static let passed: Int64 = -32601

  static func settings(_ rules: String, more: String = "") -> String {
    #"socket: { mode: "0666", allowAnyone: true }, policy: { rules: [\#(rules)] }, \#(more)"#
  }

  /// A server at phase socket that every user reaches, so that the policy alone refuses.
  static func serving(_ rules: String, _ body: (Rehearsal, Service) throws -> Void) throws {
    try Rehearsal.run(settings(rules), isOpen: true) { channel in
      let server = try channel.serve("--phase", "socket")
      try channel.shell("chmod 0711 $DIR")
      try body(channel, server)
    }
  }

  static func rejection(_ channel: Rehearsal, uid: Int64, verdict: String, rule: String?) throws {
    try eventually("the log says \(verdict) by \(rule ?? "no rule") of uid \(uid)") {
      try channel.events("rejected").contains {
        $0.number("uid") == uid && $0.text("verdict") == verdict && $0.text("rule") == rule
          && $0.number("code") == 403
      }
    }
  }

  static func reload(_ channel: Rehearsal, _ rules: String, more: String = "") throws {
    try channel.configure(settings(rules, more: more))
  }

  static func hangUp(_ server: Service) throws {
    _ = try RunningProgram(["kill", "-s", "HUP", "\(server.pid)"]).end()
  }

  @Test func policyAllowsDeniesAndHasNoRule() throws {
    let rules = """
      { name: "not-1001", effect: "deny", users: ["1001"] },
      { name: "search", effect: "allow", users: ["nobody"], methods: ["tools/call:search", "tools/list"] },
      { effect: "allow", users: ["1001"] }
      """
    try Self.serving(rules) { channel, _ in
      let allowed = try SocketClient(channel, as: Self.nobody)
      #expect(try allowed.code("ping") == 0)
      #expect(try allowed.code("tools/call", #"{"name":"search"}"#) == Self.passed)
      #expect(try allowed.code("tools/list") == Self.passed)
      let refusal = try allowed.ask("tools/call", #"{"name":"delete"}"#)
      #expect(refusal.object("error")?.number("code") == 403)
      #expect(refusal.object("error")?.text("message") == "not permitted")
      try Self.rejection(channel, uid: 65534, verdict: "noRule", rule: nil)
      let denied = try SocketClient(channel, as: Self.third)
      #expect(try denied.code("ping") == 403)
      try Self.rejection(channel, uid: 1001, verdict: "deny", rule: "not-1001")
      // Whom no rule could ever allow gets one answer a connection.
      #expect(try SocketClient(channel, as: Self.member).code("ping") == 403)
      #expect(try SocketClient(channel, as: Self.member).code("initialize") == 403)
      try Self.rejection(channel, uid: 1002, verdict: "noRule", rule: nil)
      try channel.expectBalanced()
    }
  }

  @Test("T19: a group that a caller has by its supplementary list counts") func policyGroupOnlyViaSupplementaryList()
    throws
  {
    try Self.serving(#"{ effect: "allow", groups: ["4242"] }"#) { channel, _ in
      let member = try SocketClient(channel, as: Self.member).code("ping")
      let third = try SocketClient(channel, as: Self.third).code("ping")
      #expect(member == 0 && third == 403)
    }
  }

  @Test("T19: two user names with one uid are one user") func policyTwoUserNamesWithOneUid() throws {
    let rules = #"{ name: "one", effect: "deny", users: ["65534"], methods: ["x"] },"#
    try Self.serving(rules + #"{ name: "two", effect: "allow", users: ["nobody"] }"#) { channel, _ in
      let client = try SocketClient(channel, as: Self.nobody)
      #expect(try client.code("y") == Self.passed)
      #expect(try client.code("x") == 403)
      try Self.rejection(channel, uid: 65534, verdict: "deny", rule: "one")
    }
  }

  @Test func policyRateOfARule() throws {
    let rules = """
      { name: "slow", effect: "allow", users: ["1001"], rate: "2/1h" },
      { effect: "allow", attestation: "kernel" }
      """
    try Self.serving(rules) { channel, _ in
      let slow = try SocketClient(channel, as: Self.third)
      let other = try SocketClient(channel, as: Self.nobody)
      #expect(try slow.code("ping") == 0)
      #expect(try slow.code("ping") == 0)
      let refusal = try slow.ask("ping")
      #expect(refusal.object("error")?.number("code") == 429)
      let wait = refusal.object("error")?.object("data")?.number("retryAfterMs") ?? 0
      #expect((1_700_000...1_800_000).contains(wait), "\(refusal)")
      // Another connection of the same user shares the bucket, another user does not.
      #expect(try SocketClient(channel, as: Self.third).code("ping") == 429)
      for _ in 0..<3 { #expect(try other.code("ping") == 0) }
      try eventually("the log names the rule") {
        try channel.events("rejected").contains { $0.number("code") == 429 && $0.text("rule") == "slow" }
      }
    }
  }

  @Test func policyReloadAppliesToAnOpenConnection() throws {
    let tight = #"{ effect: "allow", users: ["nobody"], methods: ["tools/list"] }"#
    let loose = #"{ effect: "allow", users: ["nobody", "1001"] }"#
    try Self.serving(tight) { channel, server in
      let client = try SocketClient(channel, as: Self.nobody)
      // Whom no rule could ever allow gets one answer a connection; who got in stays connected.
      #expect(try SocketClient(channel, as: Self.third).code("ping") == 403)
      #expect(try client.code("x") == 403)
      var third: SocketClient?
      for (round, rules) in [loose, tight].enumerated() {
        try Self.reload(channel, rules)
        try Self.hangUp(server)
        try eventually("reloaded") { try channel.events("reloaded").count == round + 1 }
        #expect(try client.code("x") == (rules == loose ? Self.passed : 403))
        let other = try third ?? SocketClient(channel, as: Self.third)
        #expect(try other.code("ping") == (rules == loose ? 0 : 403))
        third = other
        #expect(try client.code("ping") == 0)
      }
      let digests = try channel.events("started").compactMap { $0.text("digest") }
      let last = try channel.events("reloaded").compactMap { $0.text("digest") }
      #expect(last.count == 2 && last[0] != last[1] && digests == [last[1]], "the same file means the same")
    }
  }

  @Test func policyBadReloadKeepsTheOldOne() throws {
    let rules = #"{ effect: "allow", users: ["nobody"], methods: ["tools/list"] }"#
    let open = #"{ effect: "allow", users: ["nobody"] }"#
    try Self.serving(rules) { channel, server in
      let client = try SocketClient(channel, as: Self.nobody)
      var refused = 0
      func expectRefused(_ words: String) throws {
        try Self.hangUp(server)
        refused += 1
        // The log of the service and not `audit show`, which needs a good channel file itself.
        try eventually("refused because of \(words): \(server.log)") {
          let refusals = server.log.split(separator: "\n").filter { $0.contains("not reloaded") }
          return refusals.count == refused && refusals.last?.contains(words) == true
        }
        #expect(try client.code("x") == 403)
        #expect(try client.code("tools/list") == Self.passed)
        #expect(server.isRunning)
      }
      try Files.write(channel.channelFile, "{ format: 1")
      try expectRefused("parrot-mcp.json5:1:")
      try Self.reload(channel, #"{ effect: "allow", users: ["no-such-user-here"] }"#)
      try expectRefused("no-such-user-here does not exist")
      try Self.reload(channel, #"{ effect: "allow", groups: ["no-such-group-here"] }"#)
      try expectRefused("no-such-group-here does not exist")
      try Self.reload(channel, open, more: "limits: { connections: 7 },")
      try expectRefused("limits.connections changed")
      try Self.reload(channel, open)
      try channel.shell("chmod 0664 \(channel.channelFile)")
      try expectRefused("chmod go-w")
      try channel.shell("chmod 0644 \(channel.channelFile); chown 1001 \(channel.channelFile)")
      try expectRefused("belongs to uid 1001")
      try channel.shell("chown 0 \(channel.channelFile); chmod 0777 $ROOT/etc/sluice")
      try expectRefused("etc/sluice")
      try channel.shell("chmod 0755 $ROOT/etc/sluice")
      try Self.hangUp(server)
      try eventually("reloaded in the end") { try channel.events("reloaded").count == 1 }
      #expect(try client.code("x") == Self.passed)
      #expect(try channel.events("reload-refused").count == refused)
      try channel.expectBalanced()
    }
  }

  @Test func policyLimitsRateIsReloaded() throws {
    try Self.serving(#"{ effect: "allow", users: ["nobody"] }"#) { channel, server in
      let client = try SocketClient(channel, as: Self.nobody)
      for _ in 0..<3 { #expect(try client.code("ping") == 0) }
      try Self.reload(channel, #"{ effect: "allow", users: ["nobody"] }"#, more: #"limits: { rate: "1/1h" },"#)
      try Self.hangUp(server)
      try eventually("reloaded") { try channel.events("reloaded").count == 1 }
      #expect(try client.code("ping") == 0)
      #expect(try client.code("ping") == 429)
    }
  }

  // MARK: Start

  @Test(
    arguments: [
      ("chmod 0666 $ROOT/etc/sluice/parrot-mcp.json5", 77, "chmod go-w"),
      ("chmod 0620 $ROOT/etc/sluice/parrot-mcp.json5", 77, "chmod go-w"),
      ("chown 1001 $ROOT/etc/sluice/parrot-mcp.json5", 77, "chown root"),
      ("chmod 0775 $ROOT/etc/sluice", 77, "chmod go-w"),
      ("chmod 0755 $ROOT/etc; chown 1001 $ROOT/etc", 77, "belongs to uid 1001"),
    ])
  func policyFileThatOthersCanWriteIsRefused(script: String, status: Int32, words: String) throws {
    try Rehearsal.run(Self.settings(#"{ effect: "allow", users: ["nobody"] }"#)) { channel in
      #expect(try channel.sluice("serve", "--check").status == 0)
      try channel.shell(script)
      for words in [["serve"], ["serve", "--check"], ["policy", "check"]] {
        let outcome = try RunningProgram(channel.words(words), variables: channel.variables).end()
        #expect(outcome.status == status, "\(outcome)")
      }
      let outcome = try channel.sluice("serve")
      #expect(outcome.sentences.count == 1 && outcome.errors.contains(words), "\(outcome)")
    }
  }

  @Test(
    arguments: [
      ("chmod 0755 $ROOT/agent", 0, ""), ("chmod 0775 $ROOT/agent", 77, "chmod go-w"),
      ("chmod 0757 $ROOT/agent", 77, "chmod go-w"), ("rm $ROOT/agent", 77, "does not exist"),
      ("mv $ROOT/agent $ROOT/real; ln -s real $ROOT/agent", 77, "symbolic link"),
    ])
  func policyExecutableThatOthersCanWriteIsRefused(script: String, status: Int32, words: String) throws {
    try Rehearsal.run { channel in
      try Files.write("\(channel.root)/agent", "#!/bin/sh\n", mode: 0o755)
      let digest = String(repeating: "a", count: 64)
      try channel.configure(
        Self.settings(
          #"{ effect: "allow", executables: [{ path: "\#(channel.root)/agent", sha256: "\#(digest)" }] }"#))
      try channel.shell(script)
      let outcome = try channel.sluice("serve", "--check")
      #expect(outcome.status == status && outcome.errors.contains(words), "\(outcome)")
    }
  }

  @Test func policyUnknownNamesRefuseTheStart() throws {
    let rules = #"{ effect: "allow", users: ["no-such-user"] }, { effect: "deny", groups: ["no-such-group"] }"#
    try Rehearsal.run(Self.settings(rules)) { channel in
      let outcome = try channel.sluice("serve")
      #expect(outcome.status == 78, "\(outcome)")
      #expect(outcome.errors.contains("policy.rules[0].users: no-such-user does not exist"), "\(outcome)")
      #expect(outcome.errors.contains("policy.rules[1].groups: no-such-group does not exist"), "\(outcome)")
    }
  }

  @Test func policyWildcardsAreNoticedAtStart() throws {
    try Self.serving(#"{ name: "wide", effect: "allow" }"#) { channel, server in
      try server.waitUntilSaid("warning: policy rule wide allows everything to everybody")
      let third = try SocketClient(channel, as: Self.third).code("ping")
      #expect(third == 0)
    }
  }

  // MARK: One-way transports

  @Test func policyOverRunFileAndFIFO() throws {
    let rules = #"{ name: "root", effect: "allow", users: ["root"], methods: ["note"] }"#
    try Rehearsal.run { channel in
      try channel.useRecordingHandler(more: Self.settings(rules))
      let server = try channel.serve("--phase", "socket")
      let append = #"( flock 9; printf '%s\n' "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#
      try channel.shell(append, #"{"method":"note"}"#)
      try channel.waitUntilHandled(#"{"method":"note"}"#)
      try channel.shell(append, #"{"method":"other"}"#)
      try channel.shell(#"printf '%s\n' "$1" > $DIR/mcp.fifo"#, #"{"method":"note"}"#)
      try eventually("both are quarantined, with the verdict") {
        let kept = try channel.events("quarantined").filter { $0.text("verdict") == "noRule" }
        return Set(kept.compactMap { $0.text("route") }) == ["run-file", "fifo"]
      }
      #expect(try Files.lines(channel.record).count == 1)
      // A rule that needs no identity lets the writers of the FIFO in.
      let open = #", { name: "fifo", effect: "allow", methods: ["note"] }"#
      try channel.useRecordingHandler(more: Self.settings(rules + open))
      try Self.hangUp(server)
      try eventually("reloaded: \(server.log)") { try channel.events("reloaded").count == 1 }
      try channel.shell(#"printf '%s\n' "$1" > $DIR/mcp.fifo"#, #"{"method":"note"}"#)
      try eventually("handled: \(server.log)") { try Files.lines(channel.record).count == 2 }
      try channel.expectBalanced()
    }
  }

  // MARK: policy test

  @Test func policyTestExplains() throws {
    let rules = """
      { name: "no-rm", effect: "deny", methods: ["tools/call:rm*"] },
      { name: "search", effect: "allow", users: ["1001"], methods: ["tools/call:search"] },
      { name: "ops", effect: "allow", groups: ["4242"] }
      """
    try Rehearsal.run(Self.settings(rules)) { channel in
      func test(_ words: [String], _ status: Int32, _ verdict: String, _ rule: String?) throws {
        let all = ["policy", "test"] + words
        let outcome = try RunningProgram(channel.words(["--json"] + all), variables: channel.variables).end()
        let answer = try JSONText.object(outcome.output)
        #expect(outcome.status == status && answer.text("verdict") == verdict, "\(outcome)")
        #expect(answer.text("rule") == rule && answer.objects("rules").count == 3, "\(outcome)")
        let plain = try RunningProgram(channel.words(all), variables: channel.variables).end()
        #expect(plain.status == status, "\(plain)")
        #expect(plain.output.contains(status == 0 ? "allowed by rule \(rule ?? "")" : "not permitted"), "\(plain)")
      }
      try test(["--user", "1001", "--tool", "search"], 0, "allow", "search")
      try test(["--user", "1001"], 0, "allow", "search")
      try test(["--user", "1001", "--method", "tools/call", "--target", "rmdir"], 77, "deny", "no-rm")
      try test(["--user", "1001", "--tool", "other"], 77, "noRule", nil)
      try test(["--user", "1003", "--group", "4242", "--method", "x"], 0, "allow", "ops")
      try test(["--user", "nobody", "--method", "ping"], 77, "noRule", nil)
      try test(["--attestation", "none", "--method", "ping"], 77, "noRule", nil)
      let outcome = try channel.sluice("policy", "test", "--user", "1001", "--tool", "other")
      #expect(outcome.output.contains("rule ops (allow): no: uid 1001 is in none of its groups"), "\(outcome)")
      #expect(try channel.sluice("policy", "test").status == 64)
      #expect(try channel.sluice("policy", "test", "--user", "no-such-user").status == 64)
    }
  }
}
