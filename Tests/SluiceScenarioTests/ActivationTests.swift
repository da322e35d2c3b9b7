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
    kind: String = ""
  ) throws -> RunningProgram {
    try RunningProgram(
      ["python3", "-c", Self.manager, channel.socket, mode, pid, count, names, kind]
        + channel.words(["serve", "--phase", "socket"]), keepsInput: true)
  }

  private func prepare(_ channel: Rehearsal) throws {
    let server = try channel.serve()
    try server.terminate()
    #expect(try server.end() == 0)
  }

  @Test(arguments: ["", "socket", "mcp.sock", "parrot-mcp.socket"]) func itsSocketIsUsedAndNeverRemoved(_ names: String)
    throws
  {
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

  @Test func anotherProcessVariablesAreNotOurs() throws {
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

  @Test(arguments: [
    ("600", "2", "", "", "descriptor 3 (without a name) is none"), ("600", "2", "socket:mcp.sock", "", "second socket"),
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
