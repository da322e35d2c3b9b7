import SluiceSystem
import SluiceTestSupport
import Testing

/// A server goes on for another one, and nobody who is connected notices.
@Suite(.serialized, .printsLogs)
struct HandoverTests {
  private static let load = "\(Places.repository)/scripts/handovers.d/load.py"

  @Test func twentyHandoversUnderLoad() throws {
    try Rehearsal.run { channel in
      var server = try channel.serve("--phase", "socket", "--takeover")
      let client = try RunningProgram(["python3", Self.load, channel.socket, "\(channel.root)/stop"])
      try eventually("requests come in") { try channel.count("socket", "handled") > 100 }
      let node = try Files.status(channel.socket)?.identity
      for _ in 0..<20 {
        let next = try channel.serve("--takeover")
        #expect(try server.end() == 0, "\(server.log)")
        server = next
      }
      #expect(try Files.status(channel.socket)?.identity == node)
      try Files.write("\(channel.root)/stop", "")
      let outcome = try client.end()
      let found = try JSONText.object(outcome.output)
      #expect(found.number("errors") == 0, "\(outcome)")
      try eventually("the ledger has what the clients counted") {
        try channel.count("socket", "handled") == found.number("answered")
      }
      try channel.expectBalanced()
      #expect(try channel.events("started").count == 21)
    }
  }

  private static let slow = """
    read -r line; printf '%s\\n' "$line" >>"$1"
    case $line in *slow*) until [ -e "$1.go" ]; do sleep 0.01; done;; esac
    echo '{"result":"done"}'
    """

  /// A call in flight is answered first; half a line, and what waits on the one-way routes, goes on.
  @Test func whatIsUnderWayGoesOn() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.slow))
      let (server, _) = try channel.open("socket")
      let slow = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      slow.write(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
      let half = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      half.write(#"{"jsonrpc":"2.0","id":2,"meth"#)
      let fifo = try RunningProgram(["socat", "-u", "-", "OPEN:\(channel.fifo),wronly"], keepsInput: true)
      fifo.write(#"{"method":"fifo","para"#)
      try eventually("the handler has it, and the halves have come") {
        for program in [slow, half, fifo] { try program.pump() }
        return try channel.status().number("inFlight") == 1 && channel.status().number("connections") == 2
      }
      let next = try channel.launch("next", ["serve", "--takeover"])
      let third = try channel.sluice("serve")
      #expect(third.status == 75, "\(third)")
      try Files.write("\(channel.record).go", "")
      try next.waitUntilReady()
      #expect(try server.end() == 0, "\(server.log)")
      try slow.until("the answer to what was in flight") { $0 == #"{"jsonrpc":"2.0","id":1,"result":"done"}"# + "\n" }
      half.write(#"od":"later"}"# + "\n")
      try half.until("the answer to the line in two halves") {
        $0 == #"{"jsonrpc":"2.0","id":2,"result":"done"}"# + "\n"
      }
      fifo.write("ms\":{}}\n")
      try fifo.pump()
      try channel.waitUntilHandled(#"{"method":"fifo","params":{}}"#)
      try channel.shell(#"( flock 9; echo '{"method":"file"}' >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#)
      try channel.shell(#"echo '{"method":"drop"}' > $DROP"#)
      for name in ["file", "drop"] { try channel.waitUntilHandled(#"{"method":"\#(name)"}"#) }
      #expect(try Files.lines(channel.record).count == 5)
      try channel.expectBalanced()
    }
  }

  /// A new server that dies, or is none, at each step up to the last: the old one goes on, and nothing is lost.
  @Test(arguments: ["asked", "received", "prepared", "silent"]) func theOldServerGoesOnWhereTheNewOneDies(step: String)
    throws
  {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("socket")
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(#"{"method":"a"}"# + "\n" + #"{"meth"#)
      try peer.until("an answer") { $0.split(separator: "\n").count == 1 }
      let outcome = try RunningProgram(["python3", "-c", Self.dying, "\(channel.runtime)/control.sock", step]).end()
      #expect(outcome.status == 0, "\(outcome)")
      // Whoever is gone before the answer has taken nothing, so there is nothing to say.
      if step != "asked" { try eventually("the old server says so") { server.log.contains("this server goes on") } }
      peer.write(#"od":"b"}"# + "\n")
      try peer.until("another answer") { $0.split(separator: "\n").count == 2 }
      try channel.shell(#"echo '{"method":"fifo"}' > $DIR/mcp.fifo"#)
      try channel.shell(#"( flock 9; echo '{"method":"file"}' >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#)
      try channel.shell(#"echo '{"method":"drop"}' > $DROP"#)
      for name in ["fifo", "file", "drop"] { try channel.waitUntilHandled(#"{"method":"\#(name)"}"#) }
      // And the next one that does not die gets it.
      try channel.serve("--takeover")
      #expect(try server.end() == 0, "\(server.log)")
      peer.write(#"{"method":"c"}"# + "\n")
      try peer.until("an answer of the new server") { $0.split(separator: "\n").count == 3 }
      #expect(try Files.lines(channel.record).count == 6)
      try channel.expectBalanced()
    }
  }

  private static let dying = """
    import json, os, socket, sys
    path, step = sys.argv[1:]
    control = socket.socket(socket.AF_UNIX); control.connect(path)
    control.sendall(b'{"control":"handover"}\\n')
    if step == "asked": os._exit(0)
    line, passed, _, _ = socket.recv_fds(control, 1000, 4)
    assert line == b'{"handover":1}\\n' and len(passed) == 1, line
    link = socket.socket(fileno=passed[0]); link.setblocking(True)
    token = None
    while True:
        packet, passed, _, _ = socket.recv_fds(link, 1 << 17, 253)
        if packet[:1] == b"S":
            number = passed[json.loads(packet[1:])["descriptors"].index("token")]
            token = socket.socket(fileno=number); token.setblocking(True)
        if packet[:1] == b"E": break
        assert packet, "the old server gave up"
    if step == "received": os._exit(0)
    if step == "silent":
        # It never says anything: the old server must not wait for ever.
        assert link.recv(1000)[:1] == b"A"
        os._exit(0)
    link.send(b"P")
    # The word that it may begin lies where the old server's list says; it dies with it.
    assert token.recv(1000) == b"G"
    """

  /// A connection that is held open over a handover: whoever answers it is the server.
  private func takeover(
    stoppedAt point: StopPoint, _ body: (Rehearsal, Service, Service, RunningProgram) throws -> Void
  ) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (old, _) = try channel.open("socket")
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(#"{"method":"before"}"# + "\n")
      try peer.until("an answer") { $0.split(separator: "\n").count == 1 }
      let new = try channel.launch(
        "new", ["serve", "--takeover"], more: ["SLUICE_STOP=\(point.rawValue):1", "SLUICE_STOP_BY=STOP"])
      try eventually("the new server has stopped at the point: \(new.log)") {
        try Files.text("/proc/\(new.pid)/stat").contains(") T ")
      }
      peer.write(#"{"method":"during"}"# + "\n")
      try body(channel, old, new, peer)
      for name in ["before", "during", "after"] {
        #expect(try Files.lines(channel.record).filter { $0 == #"{"method":"\#(name)"}"# }.count == 1, "\(name)")
      }
      #expect(try Files.lines(channel.record).count == 3)
      try channel.expectBalanced()
    }
  }

  /// Ready, and stopped before it could begin: the old server waits for its deadline and no longer.
  @Test(
    "a new server that stops before it begins is not waited for, and finds later that the old one went on",
    .enabled(if: StopPoint.isCompiledIn, "needs a test build"), arguments: ["killed", "continued"])
  func aNewServerStoppedBeforeItBegins(_ how: String) throws {
    try takeover(stoppedAt: .handoverPrepared) { channel, old, new, peer in
      if how == "killed" {
        new.kill()
        try peer.until("an answer of the old one") { $0.split(separator: "\n").count == 2 }
      } else {
        try peer.until("an answer of the old one") { $0.split(separator: "\n").count == 2 }
        try old.waitUntilSaid("did not begin within 5 s; this server goes on")
        try new.signal("CONT")
        #expect(try new.end() == 75)
        #expect(new.log.contains("did not begin within 5 s; it goes on serving"), "\(new.log)")
      }
      #expect(old.isRunning)
      peer.write(#"{"method":"after"}"# + "\n")
      try peer.until("another answer") { $0.split(separator: "\n").count == 3 }
      #expect(try channel.status().number("pid") == Int64(old.pid))
    }
  }

  /// With the word that it may begin in its hands, and stopped: it is the server, and the old one must not answer.
  @Test(
    "a new server that stops after it has begun is the server; its end gives everything back",
    .enabled(if: StopPoint.isCompiledIn, "needs a test build"), arguments: ["killed", "continued", "old told to end"])
  func aNewServerStoppedAfterItHasBegun(_ how: String) throws {
    try takeover(stoppedAt: .handoverBegun) { channel, old, new, peer in
      try eventually("the old one says that it waits: \(old.log)") { old.log.contains("waits for its word or its end") }
      try peer.pump()
      #expect(peer.output.split(separator: "\n").count == 1, "two servers")
      switch how {
      case "killed":
        new.kill()
        try peer.until("an answer of the old one") { $0.split(separator: "\n").count == 2 }
        #expect(old.isRunning)
      case "old told to end":
        try old.signal("HUP")
        try old.terminate()
        #expect(try old.end() == 0, "\(old.log)")
        try new.signal("CONT")
        try new.waitUntilReady()
      default:
        try new.signal("CONT")
        try new.waitUntilReady()
        #expect(try old.end() == 0, "\(old.log)")
      }
      try peer.until("an answer") { $0.split(separator: "\n").count == 2 }
      peer.write(#"{"method":"after"}"# + "\n")
      try peer.until("another answer") { $0.split(separator: "\n").count == 3 }
      let server = how == "killed" ? old : new
      #expect(try channel.status().number("pid") == Int64(server.pid))
      // The node is the server's, and is not removed by the one that left.
      #expect(try channel.socat(#"{"method":"ping","no":"record"}"# + "\n").status == 0)
      try channel.shell(#"sed -i '/"no":"record"/d' "$1""#, channel.record)
    }
  }

  /// kill -9 of a real new server at whatever moment: somebody serves, or the next start does, and the log is whole.
  @Test func aNewServerIsKilledAtAnyMoment() throws {
    try Rehearsal.run { channel in
      var server = try channel.serve("--phase", "socket", "--takeover")
      var goneOn = 0
      for round in 0..<12 {
        let next = try channel.launch("killed", ["serve", "--takeover"])
        Wait.pause(nanoseconds: Int64(round) * 4_000_000)
        next.kill()
        if !server.isRunning {
          server = try channel.serve("--phase", "socket", "--takeover")
        } else {
          goneOn += 1
        }
        var pong = try channel.socat(#"{"method":"ping"}"# + "\n")
        if pong.status != 0 {
          // It had handed everything over and was about to end when it was looked at.
          try eventually("the old server ends") { !server.isRunning }
          server = try channel.serve("--phase", "socket", "--takeover")
          pong = try channel.socat(#"{"method":"ping"}"# + "\n")
        }
        #expect(pong.output == "{\"result\":\"pong\"}\n", "\(pong)")
      }
      #expect(goneOn > 0)
      try channel.expectBalanced()
    }
  }

  @Test func aHandlerThatTakesTooLongRefusesTheHandover() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.slow))
      let (server, _) = try channel.open("socket")
      let slow = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      slow.write(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
      try eventually("the handler has it") {
        try slow.pump()
        return try channel.status().number("inFlight") == 1
      }
      let refused = try channel.sluice("serve", "--takeover")
      #expect(refused.status == 75 && refused.errors.contains("still in flight"), "\(refused)")
      #expect(server.isRunning)
      try Files.write("\(channel.record).go", "")
      try slow.until("the answer") { $0 == #"{"jsonrpc":"2.0","id":1,"result":"done"}"# + "\n" }
    }
  }
}
