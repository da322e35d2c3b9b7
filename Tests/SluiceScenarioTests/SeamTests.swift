import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What one part promises while another one is at work.
@Suite(.serialized, .printsLogs, .enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
struct SeamTests {
  private struct Interpreter {
    let path: String
    let digest: String

    init() throws {
      let script = "import os, sys; print(os.path.realpath(sys.executable))"
      path = try RunningProgram(["python3", "-c", script]).end().lines.first.map(String.init) ?? ""
      digest = try RunningProgram(["sha256sum", path]).end().output.split(separator: " ").first.map(String.init) ?? ""
    }

    var rule: String {
      #"{ name: "agent", effect: "allow", executables: [{ path: "\#(path)", sha256: "\#(digest)" }] }"#
    }
  }

  /// Says that it is ready, then asks.
  private static let client = """
    import socket, sys
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile('rwb')
    for line in (b'{"sluice":{"control":"ready"}}', b'{"jsonrpc":"2.0","id":1,"method":"ping"}'):
        f.write(line + b'\\n'); f.flush(); answer = f.readline()
    print(answer.decode(), end='')
    """

  /// Landlock hides other processes' programs from a service: rules that name programs must hold all the same.
  @Test(arguments: ["required", "off"], ["0", "\(SecondUser.id)"])
  func programsAreKnownUnderTheSandbox(sandbox: String, user: String) throws {
    let python = try Interpreter()
    let settings = #"user: "\#(user)", sandbox: "\#(sandbox)", policy: { rules: [\#(python.rule)] },"#
    try Rehearsal.run(settings, isOpen: true) { channel in
      // It reads the file again as the channel's user.
      try channel.shell("chmod 0755 $ROOT/etc $ROOT/etc/sluice; chmod 0644 $ROOT/etc/sluice/*")
      let server = try channel.serve("--phase", "socket")
      // A program that this user may run and read, wherever the tool's own one lies.
      let become = user == "0" ? [] : SecondUser.prefix
      try #require(try RunningProgram(become + [python.path, "-c", ""]).end().status == 0)
      let known = try RunningProgram(become + [python.path, "-c", Self.client, channel.socket]).end()
      #expect(known.output.contains(#""result""#), "\(known) \(server.log)")
      let other = try RunningProgram(
        become + ["socat", "-t", "5", "-", "UNIX-CONNECT:\(channel.socket)"],
        input: Array((#"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n").utf8)
      ).end()
      #expect(!other.output.contains(#""result""#), "\(other)")
      // And a reload finds the rule's program where the start found it.
      _ = try RunningProgram(["kill", "-s", "HUP", "\(server.pid)"]).end()
      try eventually("reloaded: \(server.log)") { try channel.events("reloaded").count == 1 }
    }
  }

  /// A set-group-ID directory gives its group to every file in it, whoever makes them.
  @Test func aFilesGroupMakesNobodyAMember() throws {
    let rules = #"{ name: "group", effect: "allow", groups: ["4444"] }"#
    try Rehearsal.run(#"policy: { rules: [\#(rules)] },"#, isOpen: true) { channel in
      try channel.shell("chgrp 4444 $ROOT/tmp; chmod 3777 $ROOT/tmp")
      try channel.open("run-file")
      try channel.shell(#"umask 022; echo '{"method":"ping"}' > $DROP"#, user: SecondUser.prefix)
      try eventually("it is refused") { try channel.events("quarantined").count == 1 }
      let record = try #require(try channel.events("quarantined").first)
      #expect(record.number("gid") == 4444 && record.number("code") == 403)
      #expect(try channel.events("handled").isEmpty)
      let asked = try channel.sluice(
        "policy", "test", "--user", "nobody", "--attestation", "relayed", "--method", "ping")
      #expect(asked.status == 77, "\(asked)")
    }
  }

  /// Drops that wait for their rate were not begun: they stay for the next server.
  @Test func whatWaitsForItsRateHoldsNobodyUp() throws {
    let rules = #"{ effect: "allow", attestation: "none", rate: "1/1h" }"#
    try Rehearsal.run(#"policy: { rules: [\#(rules)] },"#) { channel in
      let server = try channel.serve("--phase", "fifo")
      for _ in 0..<3 { try channel.shell(#"echo '{"method":"ping"}' > $DIR/mcp.fifo"#) }
      try eventually("one is handled, the others wait") { try channel.status().number("inFlight") == 2 }
      let next = try channel.serve("--takeover")
      #expect(try server.end() == 0, "\(server.log)")
      try eventually("the next one has the others; the rate begins anew") {
        try channel.events("handled").count == 2 && channel.status().number("inFlight") == 1
      }
      let began = Clock.monotonic
      try next.terminate()
      #expect(try next.end() == 0, "\(next.log)")
      #expect(Clock.monotonic - began < 5_000_000_000)
    }
  }

  /// What waits was not handled yet: a rule that comes meanwhile decides.
  @Test func aReloadJudgesWhatWaits() throws {
    let more = #"policy: { rules: [{ effect: "allow", attestation: "none", rate: "1/2s" }] },"#
    try Rehearsal.run(more) { channel in
      let server = try channel.serve("--phase", "fifo")
      for _ in 0..<2 { try channel.shell(#"echo '{"method":"ping"}' > $DIR/mcp.fifo"#) }
      try eventually("one is handled, the other waits") { try channel.status().number("inFlight") == 1 }
      try channel.configure(#"policy: { rules: [{ name: "nobody", effect: "deny" }] },"#)
      _ = try RunningProgram(["kill", "-s", "HUP", "\(server.pid)"]).end()
      try eventually("it is refused") { try channel.events("quarantined").count == 1 }
      #expect(try channel.events("handled").count == 1)
      #expect(try channel.events("quarantined").first?.text("rule") == "nobody")
      try channel.expectBalanced()
    }
  }

  /// The other server took a change over after this one had read the file, and then handed over.
  @Test func aReloadDuringAHandoverIsNotLost() throws {
    let open = #"policy: { rules: [{ effect: "allow", users: ["root"] }] },"#
    let handler = #"read -r line; until [ -e "$1.go" ]; do sleep 0.01; done; echo '{"result":"done"}'"#
    try Rehearsal.run { channel in
      let program = try channel.scriptHandler(handler)
      try channel.configure(program + open)
      let server = try channel.serve("--phase", "socket")
      let slow = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      slow.write(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
      try eventually("the handler has it") {
        try slow.pump()
        return try channel.status().number("inFlight") == 1
      }
      let next = try channel.launch("next", ["serve", "--takeover"])
      // The control socket is parked from here on.
      // From here on no operator is answered either.
      let ask = """
        import socket
        s = socket.socket(socket.AF_UNIX); s.settimeout(0.3); s.connect('\(channel.runtime)/control.sock')
        s.send(b'{"control":"status"}\\n'); s.recv(9)
        """
      try eventually("the handover has begun") { try RunningProgram(["python3", "-c", ask]).end().status != 0 }
      try channel.configure(program + #"policy: { rules: [{ effect: "deny" }] },"#)
      _ = try RunningProgram(["kill", "-s", "HUP", "\(server.pid)"]).end()
      try eventually("the old one says that it has it: \(server.log)") { server.log.contains("reloaded") }
      try Files.write("\(channel.record).go", "")
      try next.waitUntilReady()
      #expect(try server.end() == 0, "\(server.log)")
      try eventually("the new one has it too: \(next.log)") { next.log.contains("reloaded") }
      let reply = try channel.socat(#"{"jsonrpc":"2.0","id":2,"method":"x"}"# + "\n")
      #expect(reply.output.contains("403"), "\(reply)")
    }
  }

  @Test func aTakeoverGivesTheSocketTheModeOfItsOwnFile() throws {
    try Rehearsal.run(#"socket: { mode: "0666", allowAnyone: true },"#) { channel in
      let server = try channel.serve("--phase", "socket")
      try channel.configure(#"socket: { mode: "0600" },"#)
      let next = try channel.serve("--takeover")
      #expect(try server.end() == 0, "\(server.log)")
      #expect(try Files.status(channel.socket)?.mode == 0o600, "\(next.log)")
    }
  }
}
