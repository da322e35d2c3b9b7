import SluiceSystem
import SluiceTestSupport
import Testing

/// Starts and stops that meet, nodes that are lost, and descriptors that run out.
@Suite(.serialized, .printsLogs)
struct LifetimeTests {
  private static let ping = #"{"method":"ping"}"# + "\n"
  private static let pong = "{\"result\":\"pong\"}\n"

  @Test("T1: of two starters over one stale socket exactly one wins, and is reached")
  func ofTwoStartersOverAStaleSocketOneWins() throws {
    try Rehearsal.run { channel in
      var winner = try channel.serve("--phase", "socket")
      for round in 0..<8 {
        winner.kill()
        #expect(try Files.exists(channel.socket))
        let both = try (0..<2).map { try channel.launch("starter-\(round)-\($0)", ["serve", "--phase", "socket"]) }
        try eventually("one of them gives up") { !both[0].isRunning || !both[1].isRunning }
        let (won, lost) = both[0].isRunning ? (both[0], both[1]) : (both[1], both[0])
        #expect(try lost.end() == 75, "\(lost.log)")
        try won.waitUntilReady()
        #expect(try channel.socat(Self.ping).output == Self.pong)
        winner = won
      }
    }
  }

  private static let crowd = """
    import resource, socket, sys
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    links = []
    while len(links) < 100000:
        s = socket.socket(socket.AF_UNIX); s.setblocking(False)
        try: s.connect(sys.argv[1])
        except BlockingIOError: break
        links.append(s)
    print(len(links), flush=True)
    sys.stdin.read()
    """

  /// A listener that is stopped and whose queue is full refuses as a dead one does.
  @Test("T2: a live listener with a full queue is not stale") func aSaturatedListenerIsNotStale() throws {
    try Rehearsal.run { channel in
      let server = try channel.serve("--phase", "socket")
      let node = try #require(try Files.status(channel.socket)?.identity)
      try Rehearsal.signal(server, "STOP")
      defer { try? Rehearsal.signal(server, "CONT") }
      let crowd = try RunningProgram(["python3", "-c", Self.crowd, channel.socket], keepsInput: true)
      try crowd.until("the queue is full") { $0.contains("\n") }
      #expect((Int(crowd.output.dropLast()) ?? 0) > 100)
      let second = try channel.sluice("serve", "--phase", "socket")
      #expect(second.status == 75, "\(second)")
      #expect(try Files.status(channel.socket)?.identity == node)
      let busy = try channel.sluice("send", "--timeout", "300ms", "--transport", "socket", Self.ping)
      #expect(busy.status == 75, "\(busy)")
      crowd.kill()
      try Rehearsal.signal(server, "CONT")
      #expect(try channel.socat(Self.ping).output == Self.pong)
    }
  }

  @Test("T8: the umask has no say", arguments: ["0", "0777"]) func theUmaskHasNoSay(_ mask: String) throws {
    try Rehearsal.run { channel in
      let binary = Places.binary
      let server = try RunningProgram(
        ["/bin/sh", "-c", #"umask "$1"; shift; exec "$@""#, "sh", mask, binary, "--root", channel.root, "serve"]
          + ["--phase", "socket"], keepsInput: true)
      try server.until("ready") { $0 == "ready\n" }
      let modes = try ["mcp.sock", "control.sock", "relay.sock", "mcp.fifo", "mcp_in.json", "mcp.lock"].map {
        try Files.status("\(channel.runtime)/\($0)")?.mode
      }
      #expect(modes == Array(repeating: 0o600, count: 6))
      #expect(try Files.status(channel.runtime)?.mode == 0o700)
      server.kill()
    }
  }

  @Test(
    "T10: a node that is deleted or replaced while serving is noticed and bound anew",
    arguments: ["deleted", "renamed", "taken"]) func aLostNodeIsBoundAnew(_ how: String) throws
  {
    try Rehearsal.run { channel in
      let server = try channel.serve("--phase", "socket")
      let before = try #require(try Files.status(channel.socket))
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(Self.ping)
      try peer.until("an answer") { $0 == Self.pong }
      switch how {
      case "deleted": try Files.remove(channel.socket)
      case "renamed": try channel.shell("mv $DIR/mcp.sock $DIR/old.sock")
      default:
        try channel.shell("rm $DIR/mcp.sock; echo foreign > $DIR/mcp.sock")
        try eventually("it says who is in the way") {
          server.log.contains("not this server's any more: a regular file")
        }
        #expect(try Files.text(channel.socket) == "foreign\n")
        try Files.remove(channel.socket)
      }
      try eventually("it is there again") { try Files.status(channel.socket)?.kind == .socket }
      let after = try #require(try Files.status(channel.socket))
      #expect(after.mode == before.mode && after.uid == before.uid && after.identity != before.identity)
      #expect(try channel.socat(Self.ping).output == Self.pong)
      peer.write(Self.ping)
      try peer.until("an answer over the old connection") { $0 == Self.pong + Self.pong }
      try eventually("the record says so") { try channel.events("rebound").count == 1 }
      try server.terminate()
      #expect(try server.end() == 0)
      #expect(try !Files.exists(channel.socket))
    }
  }

  private static let many = """
    import socket, sys, time
    links = []
    for number in range(200):
        s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])
        s.sendall(b'{"jsonrpc":"2.0","id":%d,"method":"ping"}\\n' % number)
        links.append(s)
    answered = 0
    for number, s in enumerate(links):
        reply = s.makefile("rb").readline()
        assert b'"id":%d,' % number in reply and b"result" in reply, reply
        s.close(); answered += 1
    print(answered)
    """

  @Test("T25: without a free descriptor accept backs off, and recovers") func whoFindsNoDescriptorWaitsAndIsServed()
    throws
  {
    try Rehearsal.run("limits: { connections: 1000, perUserConnections: 1000 },") { channel in
      let server = try channel.serve("--phase", "socket")
      let open = try Files.names("/proc/\(server.pid)/fd").count
      _ = try RunningProgram(["prlimit", "--pid", "\(server.pid)", "--nofile=\(open + 20)"]).end()
      let outcome = try RunningProgram(["python3", "-c", Self.many, channel.socket]).end()
      #expect(outcome.output == "200\n", "\(outcome)")
      let lines = server.log.split(separator: "\n").filter { $0.contains("cannot accept connections") }
      #expect(lines.count == 1, "\(server.log)")
      try eventually("it says that it is over") { server.log.contains("accepted again") }
    }
  }

  private static let waiting = """
    import socket, sys
    links = []
    for _ in range(10):
        s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])
        s.sendall(b'{"method":"ping"}\\n'); links.append(s)
    print("sent", flush=True)
    for s in links: print(s.makefile("rb").readline().decode(), end="", flush=True)
    """

  @Test("T69: connections that wait in the queue at the stop are answered") func whoWaitsInTheQueueAtTheStopIsAnswered()
    throws
  {
    try Rehearsal.run { channel in
      let server = try channel.serve("--phase", "socket")
      try Rehearsal.signal(server, "STOP")
      let peers = try RunningProgram(["python3", "-c", Self.waiting, channel.socket])
      try peers.until("they have all connected and sent") { $0 == "sent\n" }
      try server.terminate()
      try Rehearsal.signal(server, "CONT")
      let answers = Set(
        [Self.pong, "{\"error\":\"the server is stopping\",\"retryAfterMs\":1000}\n"].map { $0.dropLast() })
      let outcome = try peers.end()
      #expect(outcome.lines.count == 11 && answers.isSuperset(of: outcome.lines.dropFirst()), "\(outcome)")
      #expect(try server.end() == 0, "\(server.log)")
    }
  }

  /// With a call in flight, and another policy in the file.
  @Test("T71: a reload during the drain changes nothing, and the drain goes on") func aReloadDuringTheDrain() throws {
    try Rehearsal.run { channel in
      let settings = try channel.scriptHandler(
        #"read -r line; until [ -e "$1.go" ]; do sleep 0.01; done; echo '{"result":1}'"#)
      try channel.configure(settings)
      let server = try channel.serve("--phase", "socket")
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(Self.ping)
      try eventually("the handler has it") {
        try peer.pump()
        return try channel.status().number("inFlight") == 1
      }
      try server.terminate()
      try eventually("it drains") { try !Files.exists(channel.socket) }
      try channel.configure(settings + "limits: { rate: \"1/h\" },")
      for _ in 0..<5 { try server.signal("HUP") }
      #expect(server.isRunning)
      try Files.write("\(channel.record).go", "")
      try peer.until("the answer") { $0 == "{\"result\":1}\n" }
      #expect(try server.end() == 0, "\(server.log)")
      #expect(try !Files.exists(channel.socket))
      #expect(try channel.events("reloaded").isEmpty)
    }
  }

  @Test("T72: a drain that is cut off at its deadline says so with its exit code") func aDrainThatIsCutOffSaysSo()
    throws
  {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler("read -r line; exec sleep 60"))
      let server = try channel.serve("--phase", "socket")
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(Self.ping)
      try eventually("the handler has it") {
        try peer.pump()
        return try channel.status().number("inFlight") == 1
      }
      try server.terminate()
      #expect(try server.end(seconds: 25) == 75, "\(server.log)")
    }
  }
}

extension Rehearsal {
  static func signal(_ service: Service, _ name: String) throws {
    try service.signal(name)
  }
}
