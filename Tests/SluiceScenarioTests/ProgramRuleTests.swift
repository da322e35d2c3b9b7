import SluiceChannel
import SluiceSystem
import Testing

/// Rules over programs, with the real binary, real users and real programs, in and out of the sandbox.
@Suite(.serialized, .printsLogs, .enabled(if: AttestedPeer.isAvailable, "\(AttestedPeer.reason)"))
struct ProgramRuleTests {
  static let other = ["setpriv", "--reuid", "1001", "--regid", "1001", "--clear-groups", "--"]
  static let refused =
    #"{"jsonrpc":"2.0","id":1,"error":{"code":403,"message":"not permitted","data":{"source":"sluice"}}}"#
  static let done = #"{"jsonrpc":"2.0","id":1,"result":"done"}"#
  private static let script = """
    { env | grep -E '^SLUICE_PEER_(UID|PROGRAM|SHA256)=' | sort | tr '\\n' ' '; echo; } >>"$1"
    cat >/dev/null; echo '{"result":"done"}'

    """

  static func settings(_ rules: String, _ sandbox: String) -> String {
    PolicyTests.settings(rules, more: #"sandbox: "\#(sandbox)","#)
  }

  /// A server at phase socket whose handler writes down what it was told of its peer.
  static func serving(
    sandbox: String = "required", user: String = "", isSound: Bool = true, _ rules: (AttestedPeer) throws -> String,
    _ body: (AttestedPeer, Service) throws -> Void
  ) throws {
    try Rehearsal.run(isOpen: true) { channel in
      let peer = try AttestedPeer(channel)
      try channel.configure(try channel.scriptHandler(script) + user + settings(try rules(peer), sandbox))
      try channel.shell("touch $ROOT/handled; chmod 0666 $ROOT/handled; chmod 0755 $ROOT/handler.sh")
      let server = try channel.serve("--phase", "socket")
      try channel.shell("chmod 0711 $DIR")
      try body(peer, server)
      if isSound { try channel.expectBalanced() }
    }
  }

  static func rejection(_ channel: Rehearsal, _ words: String) throws -> JSON5Object {
    var found: JSON5Object?
    try eventually("the log says: \(words)") {
      found = try channel.events("rejected").last { $0.text("reason")?.contains(words) == true }
      return found != nil
    }
    return try #require(found)
  }

  // MARK: Which program

  @Test(arguments: ["required", "off"]) func aProgramIsLetInByItsPathAndBytes(sandbox: String) throws {
    try Self.serving(sandbox: sandbox, { try AttestedPeer.rule($0.original) }) { peer, _ in
      let digest = try AttestedPeer.digest(peer.original)
      #expect(try peer.reply(of: peer.original) == Self.done)
      #expect(
        try Files.lines(peer.channel.record) == [
          "SLUICE_PEER_PROGRAM=\(peer.original) SLUICE_PEER_SHA256=\(digest) SLUICE_PEER_UID=65534 "
        ])
      try eventually("it is in the log") { try peer.channel.events("handled").count == 1 }
      let record = try #require(try peer.channel.events("handled").first)
      #expect(record.text("program") == peer.original && record.text("sha256") == digest)
      #expect(record.text("grade") == "image" && record.number("uid") == 65534)
      // Other bytes, and the same bytes elsewhere: the peer learns nothing, the log all.
      let evil = try peer.copy("evil", more: "evil")
      let same = try peer.copy("same")
      #expect(try peer.reply(of: evil) == Self.refused)
      _ = try Self.rejection(peer.channel, "no rule allows this")
      #expect(try peer.reply(of: same) == Self.refused)
      try eventually("both are in the log") { try peer.channel.events("rejected").count == 2 }
      #expect(try peer.channel.events("rejected").compactMap { $0.text("program") } == [evil, same])
      #expect(try peer.channel.events("rejected").last?.text("sha256") == digest)
    }
  }

  @Test func aRuleWithoutAPathTakesTheBytesAnywhere() throws {
    try Self.serving({ try AttestedPeer.rule($0.original, naming: false) }) { peer, _ in
      let (same, evil) = (try peer.copy("same"), try peer.copy("evil", more: "evil"))
      #expect(try peer.reply(of: same) == Self.done)
      #expect(try peer.reply(of: evil) == Self.refused)
    }
  }

  @Test func whereNoRuleAsksNothingIsTold() throws {
    try Self.serving({ _ in #"{ effect: "allow", users: ["nobody"] }"# }) { peer, _ in
      let reply = try peer.reply(of: peer.original)
      #expect(reply == Self.done)
      #expect(try Files.lines(peer.channel.record) == ["SLUICE_PEER_UID=65534 "])
      #expect(try peer.channel.events("handled").first?.text("program") == nil)
    }
  }

  // MARK: Change

  @Test(arguments: ["required", "off"]) func anExecAfterConnectingIsSeen(sandbox: String) throws {
    try Self.serving(sandbox: sandbox, { try AttestedPeer.rule($0.original) }) { peer, _ in
      let evil = try peer.copy("evil", more: "evil")
      let outcome = try peer.run(
        peer.original,
        [
          AttestedPeer.ready, "read", AttestedPeer.ask(1), "read", "exec:\(evil)", AttestedPeer.ask(1), "read",
          "exec:\(peer.original)", AttestedPeer.ask(1), "read",
        ]
      ).end()
      #expect(outcome.lines.dropFirst().map(String.init) == [Self.done, Self.refused, Self.refused], "\(outcome)")
      _ = try Self.rejection(peer.channel, "runs another program now")
      // And it may come again.
      #expect(try peer.reply(of: peer.original) == Self.done)
    }
  }

  @Test func aReplacedBinaryIsSeen() throws {
    try Self.serving({ try AttestedPeer.rule($0.original) }) { peer, _ in
      let running = try peer.run(
        peer.original,
        [AttestedPeer.ready, "read", AttestedPeer.ask(1), "read", "wait", AttestedPeer.ask(1), "read"])
      try running.until("answered") { $0.contains(Self.done) }
      try peer.channel.shell(#"cp "$ROOT/peer" "$ROOT/new"; mv -f "$ROOT/new" "$ROOT/peer""#)
      running.write("\n")
      #expect(try running.end().lines.last.map(String.init) == Self.refused)
      _ = try Self.rejection(peer.channel, "its file was changed")
      // The new file has the same path and the same bytes.
      #expect(try peer.reply(of: peer.original) == Self.done)
    }
  }

  // MARK: Early bytes

  @Test func whatIsSentTooEarlyIsToBeSentAgain() throws {
    try Self.serving({ try AttestedPeer.rule($0.original) }) { peer, server in
      // The server cannot look before it goes on.
      try Self.signal("STOP", server)
      let running = try peer.run(
        peer.original, [AttestedPeer.ask(1), "say:sent", "read", AttestedPeer.ask(1), "read"])
      try running.until("it has sent") { $0.contains("sent") }
      try Self.signal("CONT", server)
      let outcome = try running.end()
      #expect(outcome.lines.count == 3 && outcome.lines[1].contains("send it again on this connection"), "\(outcome)")
      #expect(outcome.lines[1].contains(#""code":429"#) && String(outcome.lines[2]) == Self.done, "\(outcome)")
    }
  }

  @Test func ourOwnClientCountsWithoutNotice() throws {
    try Self.serving({ _ in try AttestedPeer.rule(Places.binary, naming: false) }) { peer, _ in
      try peer.channel.shell("chmod 0755 $DIR $ROOT/etc $ROOT/etc/sluice; chmod 0644 $DIR/endpoint $ROOT/etc/sluice/*")
      let reply = try peer.channel.sluice("send", "--request", #"{"method":"note"}"#, user: SecondUser.prefix)
      #expect(reply.status == 0 && reply.output == #"{"result":"done"}"# + "\n", "\(reply)")
      #expect(try peer.channel.events("rejected").isEmpty)
      #expect(try peer.reply(of: peer.original) == Self.refused)
    }
  }

  private static func signal(_ name: String, _ service: Service) throws {
    try service.signal(name)
  }

  // MARK: Sender of each message

  @Test(arguments: ["required", "off"]) func aChildOnAnInheritedDescriptorIsNotTheProgram(sandbox: String) throws {
    let rules = { (peer: AttestedPeer) in try AttestedPeer.rule(peer.original, more: "perMessageSender: true") }
    try Self.serving(sandbox: sandbox, rules) { peer, _ in
      let outcome = try peer.run(
        peer.original,
        [
          AttestedPeer.ready, "read", AttestedPeer.ask(1), "read", "child-" + AttestedPeer.ask(1), "read",
          AttestedPeer.ask(1), "read",
        ]
      ).end()
      #expect(outcome.lines.dropFirst().map(String.init) == [Self.done, Self.refused, Self.done], "\(outcome)")
      try eventually("the log has it") { try peer.channel.events("rejected").count == 1 }
    }
  }

  // MARK: Reload

  @Test func aRuleThatComesLaterTellsOlderConnectionsToConnectAgain() throws {
    try Self.serving({ _ in #"{ effect: "allow", users: ["nobody"] }"# }) { peer, server in
      let running = try peer.run(
        peer.original, [AttestedPeer.ask(1), "read", "wait", AttestedPeer.ask(1), "read"])
      try running.until("answered") { $0.contains(Self.done) }
      let channel = peer.channel
      try channel.configure(
        try channel.scriptHandler(Self.script) + Self.settings(try AttestedPeer.rule(peer.original), "required"))
      try Self.signal("HUP", server)
      try eventually("reloaded") { try channel.events("reloaded").count == 1 }
      running.write("\n")
      let outcome = try running.end()
      #expect(outcome.lines.last?.contains("connect again") == true, "\(outcome)")
      _ = try Self.rejection(channel, "older than the rules")
      #expect(try peer.reply(of: peer.original) == Self.done)
    }
  }

  // MARK: What cannot be known

  @Test func aServerOfAnotherUserSaysThatItCannotKnow() throws {
    let user = #"user: "\#(SecondUser.id)","#
    try Self.serving(user: user, { try AttestedPeer.rule($0.original) }) { peer, _ in
      // Its own user's programs it may look at, others' not.
      #expect(try peer.reply(of: peer.original) == Self.done)
      #expect(try peer.reply(of: peer.original, as: Self.other) == Self.refused)
      let record = try Self.rejection(peer.channel, "not permitted to look at the connecting process")
      #expect(record.number("uid") == 1001 && record.text("program") == nil)
    }
  }

  @Test func withoutItsLookerNoSuchRuleMatches() throws {
    // What the server says of itself is a violation until it is started again.
    try Self.serving(isSound: false, { try AttestedPeer.rule($0.original) }) { peer, server in
      #expect(try peer.reply(of: peer.original) == Self.done)
      let looker = try RunningProgram(["pgrep", "-P", "\(server.pid)", "sluice-looker"]).end()
      _ = try RunningProgram(["kill", "-s", "KILL", "\(try #require(looker.lines.first))"]).end()
      #expect(try peer.reply(of: peer.original) == Self.refused)
      _ = try Self.rejection(peer.channel, "has to be started again")
      #expect(try peer.channel.status().text("trouble")?.contains("rules that name programs") == true)
      #expect(server.isRunning)
    }
  }
}
