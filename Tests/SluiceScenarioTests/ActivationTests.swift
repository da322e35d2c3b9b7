import SluiceSystem
import Testing

/// T9: a socket that a service manager made.
@Suite(.serialized, .printsLogs)
struct ActivationTests {
  /// Binds, and becomes the server, which then has the listener as its descriptor 3.
  private static let manager = """
    import os, socket, sys
    path, mode, pid, count, names, kind = sys.argv[1:7]
    if os.path.exists(path): os.unlink(path)
    s = socket.socket(socket.AF_UNIX); s.bind(path); os.chmod(path, int(mode, 8)); s.listen(10)
    fd = s.fileno()
    if kind == "file": fd = os.open("/dev/null", os.O_RDONLY)
    if kind == "connected": pair = socket.socketpair(); fd = pair[0].fileno()
    if kind == "elsewhere":
        t = socket.socket(socket.AF_UNIX); t.bind(path + ".other"); t.listen(10); fd = t.fileno()
    held = os.dup(s.fileno()) if kind == "held" else -1
    os.dup2(fd, 3); os.set_inheritable(3, True)
    os.closerange(4, 100)
    os.environ["LISTEN_PID"] = str(os.getpid()) if pid == "own" else pid
    os.environ["LISTEN_FDS"] = count
    if names: os.environ["LISTEN_FDNAMES"] = names
    os.execv(sys.argv[7], sys.argv[7:])
    """

  private func start(
    _ channel: Rehearsal, mode: String = "600", pid: String = "own", count: String = "1", names: String = "",
    kind: String = "", words: [String] = ["serve", "--phase", "socket"]
  ) throws -> RunningProgram {
    try RunningProgram(
      ["python3", "-c", Self.manager, channel.socket, mode, pid, count, names, kind]
        + channel.words(words), keepsInput: true)
  }

  private func prepare(_ channel: Rehearsal) throws {
    let server = try channel.serve()
    try server.terminate()
    #expect(try server.end() == 0)
  }

  @Test(
    "T9: a service manager's socket is used and never removed",
    arguments: ["", "socket", "mcp.sock", "parrot-mcp.socket"])
  func itsSocketIsUsedAndNeverRemoved(_ names: String) throws {
    try Rehearsal.run { channel in
      try prepare(channel)
      let server = try start(channel, names: names)
      try server.until("ready") { $0 == "ready\n" }
      let node = try #require(try Files.status(channel.socket)?.identity)
      #expect(try channel.socat(#"{"method":"ping"}"# + "\n").output == "{\"result\":\"pong\"}\n")
      try server.signal("TERM")
      #expect(try server.end().status == 0)
      #expect(try Files.status(channel.socket)?.identity == node)
    }
  }

  private static let ping = #"{"method":"ping"}"# + "\n"
  private static let pong = "{\"result\":\"pong\"}\n"

  /// One socket, two servers after each other, as a manager does that keeps the listener.
  private static let keeper = """
    import os, socket, sys
    path, words = sys.argv[1], sys.argv[2:]
    s = socket.socket(socket.AF_UNIX); s.bind(path); os.chmod(path, 0o600); s.listen(10)
    for line in sys.stdin:
        if line.strip() == "stop": break
        pid = os.fork()
        if pid == 0:
            os.dup2(s.fileno(), 3); os.set_inheritable(3, True); os.closerange(4, 100)
            os.environ["LISTEN_PID"] = str(os.getpid()); os.environ["LISTEN_FDS"] = "1"
            os.execv(words[0], words + (["--takeover"] if "next" in line else []))
        print("started", pid, flush=True)
    """

  @Test("T9: a takeover with the service manager's own listener goes on with it, and leaves it to the manager")
  func aTakeoverOfTheSameSocket() throws {
    try Rehearsal.run { channel in
      try prepare(channel)
      try? Files.remove(channel.socket)
      let manager = try RunningProgram(
        ["python3", "-c", Self.keeper, channel.socket] + channel.words(["serve", "--phase", "socket"]), keepsInput: true
      )
      defer { manager.kill() }
      manager.write("first\n")
      try manager.until("ready") { $0.contains("ready") }
      let node = try #require(try Files.status(channel.socket)?.identity)
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(Self.ping)
      try peer.until("an answer") { $0 == Self.pong }
      manager.write("next\n")
      try manager.until("ready again") { $0.split(separator: "\n").filter { $0 == "ready" }.count == 2 }
      peer.write(Self.ping)
      try peer.until("an answer of the next one") { $0 == Self.pong + Self.pong }
      #expect(try channel.socat(Self.ping).output == Self.pong)
      let pids = manager.output.split(separator: "\n").filter { $0.hasPrefix("started") }.compactMap {
        Int64($0.dropFirst(8))
      }
      try eventually("the next one is the server") { try channel.status().number("pid") == pids.last }
      // The end of the server is not the end of the listener: whoever comes now waits.
      peer.closeInput()
      try peer.pump()
      _ = try RunningProgram(["kill", "-s", "TERM", "\(pids.last ?? 0)"]).end()
      // Its parent has not asked for it yet.
      try eventually("it has ended") { try Files.text("/proc/\(pids.last ?? 0)/stat").contains(") Z ") }
      #expect(try Files.status(channel.socket)?.identity == node)
      let waiting = try RunningProgram(["socat", "-t", "20", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      waiting.write(Self.ping)
      try waiting.pump()
      manager.write("third\n")
      try manager.until("ready once more") { $0.split(separator: "\n").filter { $0 == "ready" }.count == 3 }
      try waiting.until("the answer") { $0 == Self.pong }
    }
  }

  /// The manager made another socket, whose node took the place of the running server's.
  @Test("T9: a takeover with a new listener of the service manager's serves both queues, and keeps the new one")
  func aTakeoverWithANewSocket() throws {
    try Rehearsal.run { channel in
      let old = try channel.serve("--phase", "socket")
      let peer = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      peer.write(Self.ping)
      try peer.until("an answer") { $0 == Self.pong }
      try old.signal("STOP")
      let early = try RunningProgram(["socat", "-t", "20", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      early.write(Self.ping)
      try early.pump()
      let before = try Files.status(channel.socket)?.identity
      let next = try start(channel, words: ["serve", "--takeover"])
      try eventually("the node is the manager's") {
        try next.pump()
        let now = try Files.status(channel.socket)?.identity
        return now != nil && now != before
      }
      let node = try Files.status(channel.socket)?.identity
      let late = try RunningProgram(["socat", "-t", "20", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      late.write(Self.ping)
      try late.pump()
      try old.signal("CONT")
      try next.until("ready") { $0 == "ready\n" }
      #expect(try old.end() == 0, "\(old.log)")
      try early.until("the old queue is served") { $0 == Self.pong }
      try late.until("the new queue is served") { $0 == Self.pong }
      peer.write(Self.ping)
      try peer.until("the open connection goes on") { $0 == Self.pong + Self.pong }
      #expect(try channel.socat(Self.ping).output == Self.pong)
      // And a next one gets it from this one, as what it is.
      let third = try channel.serve("--takeover")
      #expect(try next.end().status == 0)
      #expect(try channel.socat(Self.ping).output == Self.pong)
      peer.write(Self.ping)
      try peer.until("it still goes on") { $0 == Self.pong + Self.pong + Self.pong }
      for program in [peer, early, late] { program.kill() }
      try third.terminate()
      #expect(try third.end() == 0, "\(third.log)")
      #expect(try Files.status(channel.socket)?.identity == node)
    }
  }

  @Test("T9: variables that are meant for another process are not ours") func anotherProcessVariablesAreNotOurs() throws
  {
    try Rehearsal.run { channel in
      try prepare(channel)
      let server = try start(channel, pid: "1")
      try server.until("ready") { $0 == "ready\n" }
      #expect(try channel.socat(#"{"method":"ping"}"# + "\n").output == "{\"result\":\"pong\"}\n")
      try server.signal("TERM")
      #expect(try server.end().status == 0)
      // A node of its own, which it removes.
      #expect(try !Files.exists(channel.socket))
    }
  }

  @Test(
    "T9: what is wrong with a passed socket is refused, and the node is left",
    arguments: [
      ("600", "2", "", "", "descriptor 3 (without a name) is none"),
      ("600", "2", "socket:mcp.sock", "", "second socket"),
      ("600", "1", "socket:other", "", "LISTEN_FDNAMES names 2"), ("600", "x", "", "", "LISTEN_FDS is 'x'"),
      ("600", "1", "", "file", "descriptor 3 is no socket"), ("600", "1", "", "connected", "no listening"),
      ("600", "1", "fifo", "", "descriptor 3 (fifo)"),
      ("600", "1", "", "elsewhere", "mcp.sock.other, the channel file says"),
      ("666", "1", "", "", "has mode 0666, the channel file says 0600"),
    ])
  func whatIsWrongIsRefused(_ mode: String, _ count: String, _ names: String, _ kind: String, _ sentence: String) throws
  {
    try Rehearsal.run { channel in
      try prepare(channel)
      let outcome = try start(channel, mode: mode, count: count, names: names, kind: kind).end()
      #expect(outcome.status == 77 && outcome.errors.contains(sentence), "\(outcome)")
      #expect(try Files.exists(channel.socket))
    }
  }
}
