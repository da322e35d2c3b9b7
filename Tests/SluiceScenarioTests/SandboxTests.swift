import SluiceChannel
import SluiceSystem
import Testing

/// What the services have given up, seen from outside and tried from inside.
@Suite(.serialized, .printsLogs)
struct SandboxTests {
  /// The value of a line of /proc/PID/status, proc_pid_status(5).
  private func line(_ key: String, of pid: Int32) throws -> String? {
    for line in try Files.text("/proc/\(pid)/status").split(separator: "\n") where line.hasPrefix("\(key):") {
      return line.dropFirst(key.count + 1).split(whereSeparator: { $0 == "\t" || $0 == " " }).joined(separator: " ")
    }
    return nil
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aServerThatRootStartsForAUserKeepsNothing() throws {
    try Rehearsal.run(#"user: "\#(SecondUser.id)","#, isOpen: true) { channel in
      let (server, relay) = try channel.open("socket")
      #expect(try line("Uid", of: server.pid) == "65534 65534 65534 65534")
      #expect(try line("CapEff", of: server.pid) == "0000000000000000")
      #expect(try line("NoNewPrivs", of: server.pid) == "1")
      #expect(try line("Seccomp", of: server.pid) == "2")
      // The relay is the same user, with what others' drops need: dac_read_search, fowner, lease, and sys_admin to see writers.
      #expect(try line("Uid", of: relay.pid) == "65534 65534 65534 65534")
      #expect(try line("CapEff", of: relay.pid) == "000000001020000c")
      #expect(try line("CapBnd", of: relay.pid) == "000000001020000c")
      #expect(try line("NoNewPrivs", of: relay.pid) == "1")
      #expect(try line("Seccomp", of: relay.pid) == "2")
      let text = try channel.status().text("sandbox") ?? ""
      #expect(text.contains("no_new_privs") && text.contains("seccomp"), "\(text)")
      #expect(text.contains("Landlock \(Landlock.version)") == (Landlock.version >= Landlock.oldestVersion))
      let reply = try channel.sluice("send", "--request", #"{"method":"ping"}"#)
      #expect(reply.output == #"{"result":"pong"}"# + "\n", "\(reply)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aChannelGoesAllTheWayAndBackUnderIt() throws {
    try Rehearsal.run(#"user: "\#(SecondUser.id)", sandbox: "required","#, isOpen: true) { channel in
      // The relay first: the runtime directory is not there yet.
      try channel.relay()
      let server = try channel.serve()
      try channel.waitForRelay()
      try channel.apply("socket")
      try channel.shell(#"echo '{"method":"ping"}' > $DROP"#)
      try eventually("the drop is handled") { try channel.count("file-drop", "handled") == 1 }
      try channel.expectProven()
      server.kill()
      try channel.serve()
      try channel.waitForRelay()
      try channel.rollback("file-drop")
      #expect(try channel.status().text("phase") == "file-drop")
    }
  }

  /// The programs of handlers are somebody's own: the network, other directories, other programs.
  @Test func aHandlerIsOutside() throws {
    try Rehearsal.run { channel in
      let script = """
        cat >/dev/null
        python3 - "$1" <<'PYTHON'
        import json, os, socket, subprocess, sys
        listener = socket.socket(socket.AF_INET)
        listener.bind(("127.0.0.1", 0))
        open(sys.argv[1], "w").write("written")
        status = dict(l.rstrip().split(":", 1) for l in open("/proc/self/status"))
        print(json.dumps({"result": {
          "bound": listener.getsockname()[1] > 0, "ran": subprocess.run(["true"]).returncode,
          "privileges": int(status["NoNewPrivs"]), "filtered": int(status["Seccomp"]), "listed": len(os.listdir("/")) > 0,
        }}))
        PYTHON
        """
      try channel.configure(try channel.scriptHandler(script))
      try channel.open("socket")
      let reply = try channel.socat(#"{"jsonrpc":"2.0","id":1,"method":"try"}"# + "\n")
      let result = try #require(try JSONText.object(reply.output).object("result"), "\(reply)")
      #expect(result.flag("bound") == true && result.number("ran") == 0 && result.flag("listed") == true, "\(reply)")
      #expect(result.number("privileges") == 1 && result.number("filtered") == 0, "\(reply)")
      #expect(try Files.text(channel.record) == "written")
    }
  }

  @Test func switchedOffMeansOff() throws {
    try Rehearsal.run(#"sandbox: "off","#) { channel in
      let (server, relay) = try channel.open("socket")
      for service in [server, relay] {
        #expect(try line("NoNewPrivs", of: service.pid) == "0")
        #expect(try line("Seccomp", of: service.pid) == "0")
      }
      #expect(try channel.status().text("sandbox") == "off")
    }
  }

  @Test(arguments: ["serve", "relay"])
  func checkTriesTheSandboxAndMakesNothing(service: String) throws {
    try Rehearsal.run(#"sandbox: "required","#) { channel in
      let before = try Files.names(channel.root)
      let outcome = try channel.sluice("--json", service, "--check")
      #expect(outcome.status == 0, "\(outcome)")
      let found = try JSONText.object(outcome.output)
      #expect(found.flag("ready") == true && found.text("service") == service)
      let sandbox = try #require(found.object("sandbox"))
      #expect(sandbox.flag("noNewPrivileges") == true && sandbox.flag("seccomp") == true, "\(outcome)")
      #expect(sandbox.number("landlock") ?? 0 >= 2 && !sandbox.objects("rules").isEmpty, "\(outcome)")
      #expect(try Files.names(channel.root) == before)
      #expect(try Files.names("\(channel.root)/run").isEmpty)
      let text = try channel.sluice(service, "--check")
      #expect(text.status == 0 && text.output.contains("AF_UNIX only"), "\(text)")
    }
  }

  @Test func checkNamesWhatIsInTheWay() throws {
    try Rehearsal.run(#"handler: { kind: "exec", command: ["/nonexistent/handler"] },"#) { channel in
      try channel.shell("mkdir -m 0777 $DIR; chmod 0777 $DIR")
      let outcome = try channel.sluice("--json", "serve", "--check")
      #expect(outcome.status == 3, "\(outcome)")
      for text in ["/nonexistent/handler", "chmod go-w"] { #expect(outcome.output.contains(text), "\(outcome)") }
    }
  }

  /// A server that can start no handler any more must not fail every message from then on.
  @Test func theServerEndsWhenItsStarterIsGone() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("socket")
      let children = try RunningProgram(["pgrep", "-P", "\(server.pid)", "sluice-starter"]).end()
      _ = try RunningProgram(["kill", "-s", "KILL", "\(try #require(children.lines.first))"]).end()
      let reply = try channel.socat(#"{"method":"a"}"# + "\n")
      #expect(reply.output.contains("could not be started"), "\(reply)")
      #expect(try server.end() == 1)
      #expect(server.log.contains("start the server again"), "\(server.log)")
    }
  }

  @Test func theStarterEndsWithItsServer() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("socket")
      let children = try RunningProgram(["pgrep", "-P", "\(server.pid)", "sluice-starter"]).end()
      let child = try #require(children.lines.first)
      // The server alone, not its group.
      _ = try RunningProgram(["kill", "-s", "KILL", "\(server.pid)"]).end()
      try eventually("the starter is gone") {
        try RunningProgram(["kill", "-s", "0", "\(child)"]).end().status != 0
      }
    }
  }
}
