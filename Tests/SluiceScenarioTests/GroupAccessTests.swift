import SluiceChannel
import SluiceSystem
import Testing

/// `access: "group"` with real users: the channel's own, members by first and by further group, and one who is none.
@Suite(.serialized, .printsLogs, .enabled(if: Users.isAvailable, "\(Users.reason)"))
struct GroupAccessTests {
  private static let owner = Users.third
  private static let further: UInt32 = 1004
  private static let stranger: UInt32 = 1005
  private static let members: [UInt32: [String]] = [
    Users.greedy: Users.prefix(Users.greedy), owner: Users.strangerPrefix(owner),
    further: ["setpriv", "--reuid", "\(further)", "--regid", "\(further)", "--groups", "100", "--"],
  ]

  private func run(_ body: (Rehearsal) throws -> Void) throws {
    try Rehearsal.run(isOpen: true) { channel in
      let handler = try channel.scriptHandler(#"cat >>"$1"; echo '{"result":"pong"}'"# + "\n")
      try channel.configure(#"user: "\#(Self.owner)", "# + Users.settings + handler)
      try channel.giveAway(to: Self.owner)
      try body(channel)
    }
  }

  @Test func modesAndOwnersLetTheGroupInAndNobodyElse() throws {
    try run { channel in
      try channel.open("socket")
      let expected: [(String, UInt32)] = [
        ("", 0o750), ("/mcp.sock", 0o660), ("/mcp.fifo", 0o660), ("/mcp_in.json", 0o660), ("/mcp.lock", 0o660),
        ("/endpoint", 0o640), ("/replies", 0o2770), ("/control.sock", 0o600), ("/relay.sock", 0o600),
        ("/claimed", 0o700),
      ]
      for (name, mode) in expected {
        let status = try #require(try Files.status(channel.runtime + name), "\(name)")
        #expect(
          status.mode == mode && status.uid == Self.owner, "\(name): \(String(status.mode, radix: 8)), \(status.uid)")
        if mode & 0o070 != 0 { #expect(status.gid == 100, "\(name): \(status.gid)") }
      }
    }
  }

  @Test func membersAreServedOnEveryTransportAndOthersOnNone() throws {
    try run { channel in
      try channel.open("socket")
      for transport in ["socket", "run-file", "fifo"] {
        for (uid, prefix) in Self.members {
          let message = #"{"method":"note","params":{"by":\#(uid),"over":"\#(transport)"}}"#
          let sent = try channel.sluice("send", "--request", "--transport", transport, message, user: prefix)
          #expect(sent.status == 0 && sent.output.contains("pong"), "\(uid) \(transport): \(sent)")
        }
        let refused = try channel.sluice(
          "send", "--transport", transport, #"{"method":"note"}"#, user: Users.strangerPrefix(Self.stranger))
        #expect(refused.status == 77 && refused.sentences.count == 1, "\(refused)")
        #expect(refused.errors.contains(channel.runtime), "\(refused)")
      }
      #expect(try Files.lines(channel.record).count == 9)
      for script in ["ls $DIR", "echo x > $DIR/mcp.fifo", "echo x >> $DIR/mcp_in.json", "cat $DIR/endpoint"] {
        let outcome = try channel.shell(script, user: Users.strangerPrefix(Self.stranger))
        #expect(outcome.status != 0 && outcome.errors.contains("Permission denied"), "\(outcome)")
      }
      // Who said what: the socket knows it, a file that the group may write does not.
      let handled = try channel.events("handled")
      let bySocket = Set(handled.filter { $0.text("route") == "socket" }.compactMap { $0.number("uid") })
      #expect(bySocket == Set(Self.members.keys.map(Int64.init)), "\(handled.map { $0.text("route") ?? "" })")
      try channel.expectBalanced()
    }
  }

  /// What a member may not: the control socket, others' reply FIFOs, the claims, and taking the node away.
  @Test func membersOperateNothing() throws {
    try run { channel in
      try channel.open("socket")
      let member = Users.prefix(Users.quiet)
      for script in [
        "echo '{}' | socat - UNIX-CONNECT:$DIR/control.sock", "echo '{}' | socat - UNIX-CONNECT:$DIR/relay.sock",
        "rm -f $DIR/mcp.sock", "mv $DIR/mcp.sock $DIR/x", "ls $DIR/claimed", "touch $DIR/x", "chmod 666 $DIR/mcp.sock",
        "ls $ROOT/var/lib/sluice/parrot-mcp", "cat $ROOT/var/log/sluice/parrot-mcp/audit.jsonl",
      ] {
        let outcome = try channel.shell(script, user: member)
        #expect(outcome.errors.contains("Permission denied") || outcome.errors.contains("not permitted"), "\(outcome)")
      }
      let served = try channel.sluice("send", "--request", "--transport", "socket", #"{"method":"note"}"#, user: member)
      #expect(served.status == 0, "\(served)")
    }
  }

  /// A server that is not root sees no other user's descriptors; the kernel's list of locks still names who took it.
  @Test("T67: another user's process that holds the lock is named by a server of the channel's user")
  func t67AMemberHoldsTheLock() throws {
    try run { channel in
      let (server, _) = try channel.open("run-file")
      let member = Users.prefix(Users.greedy)
      let holder = try RunningProgram(
        member + [
          "/bin/bash", "-c", #"exec 9>"$1"; flock 9; echo held; read -r x"#, "bash", "\(channel.runtime)/mcp.lock",
        ],
        keepsInput: true)
      defer { holder.kill() }
      try holder.until("it is held") { $0 == "held\n" }
      let message = #"{"method":"note"}"#
      try channel.shell(#"echo "$1" >> $DIR/mcp_in.json"#, message, user: member)
      // flock(1) has ended; where the server may not look into the one that has inherited the lock, nobody is named.
      try eventually("the server says that it waits: \(server.log)") {
        server.log.contains("mcp.lock has been held for over 2 s")
      }
      try server.waitUntilSaid("over 2 s; waiting")
      holder.kill()
      try channel.waitUntilHandled(message)
      let direct = try RunningProgram(
        member + ["/usr/bin/python3", "-c", Self.locking, "\(channel.runtime)/mcp.lock"], keepsInput: true)
      defer { direct.kill() }
      try direct.until("it is held") { $0 == "held\n" }
      try channel.shell(#"echo "$1" >> $DIR/mcp_in.json"#, message, user: member)
      try eventually("the server names it: \(server.log)") {
        server.log.contains("over 2 s by process \(direct.pid) (python3") && server.log.contains("uid \(Users.greedy))")
      }
    }
  }

  private static let locking = """
    import fcntl, sys
    f = open(sys.argv[1], "r+"); fcntl.flock(f, fcntl.LOCK_EX); print("held", flush=True); sys.stdin.read()
    """

  /// With the directory's gate open and the socket for everybody the kernel's word still decides.
  @Test func aStrangerBehindAnOpenDoorIsNoMember() throws {
    try run { channel in
      let handler = try channel.scriptHandler(#"cat >>"$1"; echo '{"result":"pong"}'"# + "\n")
      try channel.configure(
        #"user: "\#(Self.owner)", socket: { mode: "0666", allowAnyone: true },"# + Users.settings + handler)
      try channel.open("socket")
      try channel.shell("chmod 0755 $DIR")
      let script = #"echo '{"method":"note"}' | socat - UNIX-CONNECT:$DIR/mcp.sock"#
      let refused = try channel.shell(script, user: Users.strangerPrefix(Self.stranger))
      #expect(refused.output.contains("not permitted"), "\(refused)")
      for (_, prefix) in Self.members {
        #expect(try channel.shell(script, user: prefix).output == "{\"result\":\"pong\"}\n")
      }
      #expect(try Files.lines(channel.record).count == 3)
    }
  }
}
