import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// `sluice scan` against a host with everything wrong.
@Suite(.serialized, .printsLogs)
struct ScanTests {
  private func findings(_ outcome: Outcome) throws -> [JSON5Object] {
    try JSONText.object(outcome.output).objects("findings")
  }

  private func has(_ findings: [JSON5Object], _ id: String, _ object: String) -> Bool {
    findings.contains { $0.text("id") == id && $0.text("object") == object }
  }

  @Test func dropsAndLevels() throws {
    try Rehearsal.run { channel in
      try Files.write(channel.drop, "{}", mode: 0o666)
      let before = try Files.status(channel.drop)
      let outcome = try channel.sluice("--json", "scan")
      #expect(outcome.status == 1, "\(outcome)")
      let found = try findings(outcome)
      #expect(has(found, "legacy-world-writable", channel.drop))
      #expect(has(found, "legacy-sticky-directory", channel.drop))
      #expect(has(found, "legacy-absent", "\(channel.root)/tmp/mcp_bad.json"))
      #expect(try Files.status(channel.drop) == before)
      try Directory.open("\(channel.root)/tmp").setMode(of: "mcp_in.json", 0o600)
      let mended = try findings(try channel.sluice("--json", "scan"))
      #expect(!has(mended, "legacy-world-writable", channel.drop))
      #expect(try channel.sluice("scan", "--fail-on", "medium").status == 1)
      #expect(try channel.sluice("scan", "--fail-on", "no").status == 64)
    }
  }

  @Test func scriptsAndSchedules() throws {
    try Rehearsal.run { channel in
      try channel.directory.makeDirectory("bin")
      try channel.directory.makeDirectory("bin/deep")
      let bin = "\(channel.root)/bin"
      try Files.write("\(bin)/notify.sh", "#!/bin/sh\nIN=/tmp/mcp_in.json\necho x > \"$IN\"\n", mode: 0o777)
      try Files.write("\(bin)/deep/watch.py", "open('/tmp/mcp_in.json')\n")
      try Files.write("\(bin)/evil\n\u{1B}[31mname.sh", "rm /tmp/mcp_in.json # \u{1B}]0;owned\u{7}\n")
      try Files.write("\(bin)/innocent.sh", "echo hello\n")
      try channel.directory.link("..", to: "bin/loop")
      try Directory.open(bin).makeFIFO("pipe", mode: 0o600)
      try channel.directory.makeDirectory("etc/cron.d", mode: 0o755)
      try Files.write("\(channel.root)/etc/cron.d/notify", "*/5 * * * * bob /bin/notify.sh\n")
      try channel.directory.makeDirectory("etc/systemd", mode: 0o755)
      try channel.directory.makeDirectory("etc/systemd/system", mode: 0o755)
      try Files.write("\(channel.root)/etc/systemd/system/w.timer", "[Timer]\nOnCalendar=monthly\n")
      try Files.write(
        "\(channel.root)/etc/systemd/system/w.service", "[Service]\nExecStart=/bin/deep/watch.py\nPrivateTmp=yes\n")
      let outcome = try channel.sluice("--json", "scan", "--scripts", "/bin")
      let scripts = try JSONText.object(outcome.output).objects("scripts")
      #expect(scripts.count == 3, "\(outcome)")
      let notify = scripts.first { $0.text("path") == "\(bin)/notify.sh" }
      #expect(notify?.text("use") == "writes")
      #expect(notify?.objects("schedules").first?.text("when") == "*/5 * * * *")
      #expect(notify?.objects("schedules").first?.text("user") == "bob")
      let watch = scripts.first { $0.text("path") == "\(bin)/deep/watch.py" }
      #expect(watch?.objects("schedules").first?.text("when") == "OnCalendar=monthly")
      let found = try findings(outcome)
      #expect(has(found, "script-writable", "\(bin)/notify.sh"))
      #expect(has(found, "script-writes-legacy", "\(bin)/notify.sh"))
      #expect(has(found, "legacy-private-mounts", "\(bin)/deep/watch.py"))
      let text = try channel.sluice("scan", "--scripts", "/bin")
      #expect(!text.output.utf8.contains { $0 < 0x20 && $0 != 0x0A }, "\(text)")
      #expect(text.output.contains("next: sluice plan --root \(channel.root) --channel parrot-mcp"))
    }
  }

  static let listeners = """
    import os, socket, sys
    t = socket.socket(); t.bind(("127.0.0.1", 0)); t.listen()
    u = socket.socket(socket.AF_UNIX); u.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o777); u.listen()
    a = socket.socket(socket.AF_UNIX); a.bind("\\0" + sys.argv[2]); a.listen()
    d = os.open(os.path.dirname(sys.argv[1]), os.O_RDONLY)
    h = socket.socket(socket.AF_UNIX); h.bind("/proc/self/fd/%d/held.sock" % d); h.listen()
    print(t.getsockname()[1], flush=True)
    sys.stdin.read()
    """

  @Test func listenersOfTheHost() throws {
    try Rehearsal.run { channel in
      let open = try channel.directory.makeDirectory("open", mode: 0o777)
      let name = "sluice-scan-\(Random.token(bytes: 6))"
      let program = try RunningProgram(
        ["python3", "-c", Self.listeners, "\(open)/a.sock", name], keepsInput: true)
      defer { program.kill() }
      try program.until("a port") { $0.contains("\n") }
      let port = program.output.prefix { $0 != "\n" }
      let outcome = try channel.sluice("--json", "scan")
      let found = try findings(outcome)
      #expect(has(found, "tcp-loopback", "127.0.0.1:\(port)"))
      #expect(has(found, "unix-world-writable", "\(open)/a.sock"))
      #expect(has(found, "unix-directory-writable", "\(open)/a.sock"))
      #expect(has(found, "unix-directory-writable", "\(open)/held.sock"))
      #expect(has(found, "unix-abstract", "@\(name)"))
      let report = try JSONText.object(outcome.output)
      let listener = report.objects("tcpListeners").first { $0.number("port") == Int64(port) }
      #expect(listener?.objects("processes").first?.number("pid") == Int64(program.pid))
      try Files.remove("\(open)/a.sock")
      #expect(has(try findings(try channel.sluice("--json", "scan")), "unix-node-gone", "\(open)/a.sock"))
    }
  }

  /// Another user binds a socket whose name holds a whole line of /proc/net/unix.
  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aSocketsNameForgesNoOtherSocket() throws {
    try Rehearsal.run(isOpen: true) { channel in
      let open = try channel.directory.makeDirectory("open", mode: 0o777)
      let script = """
        import os, socket, sys
        os.chdir(sys.argv[1])
        name = "a\\n0: 2 0 10000 1 1 4242 /run/forged\\x1b[2J\\n"
        os.makedirs(os.path.dirname(name)); s = socket.socket(socket.AF_UNIX); s.bind(name); s.listen(1)
        print("bound", flush=True); sys.stdin.read()
        """
      let hostile = try RunningProgram(
        Users.strangerPrefix(SecondUser.id) + ["/usr/bin/python3", "-c", script, open], keepsInput: true)
      defer { hostile.kill() }
      try hostile.until("it is bound") { $0.contains("bound") }
      #expect(try Files.text("/proc/net/unix").contains("\n0: 2 0 10000 1 1 4242 /run/forged"), "the attack is none")
      let outcome = try channel.sluice("--json", "scan")
      #expect(!(try findings(outcome)).contains { $0.text("object")?.hasPrefix("/run/forged") == true }, "\(outcome)")
      let sockets = try JSONText.object(outcome.output).objects("unixSockets")
      #expect(!sockets.contains { $0.text("name")?.hasPrefix("/run/forged") == true })
      #expect(sockets.contains { $0.text("name") == "a\n0: 2 0 10000 1 1 4242 /run/forged\u{1b}[2J\n" })
      let screen = try channel.sluice("scan")
      #expect(screen.output.contains(#"a\n0: 2 0 10000 1 1 4242 /run/forged[2J\n"#), "\(screen)")
      #expect(!screen.output.contains("\u{1b}") && !screen.lines.contains { $0.hasPrefix("0: 2 0") }, "\(screen)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aHolderOfAnotherUser() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try Files.write(channel.drop, "{}", mode: 0o666)
      let holder = try RunningProgram(
        SecondUser.prefix + ["/bin/bash", "-c", "exec 7>>\"$1\"; echo open; read -r x", "x", channel.drop],
        keepsInput: true)
      defer { holder.kill() }
      try holder.until("it is open") { $0.contains("open") }
      let outcome = try channel.sluice("--json", "scan")
      #expect(has(try findings(outcome), "legacy-held-by-other-user", channel.drop), "\(outcome)")
      let path = try JSONText.object(outcome.output).objects("legacyPaths").first
      #expect(path?.objects("processes").first?.number("uid") == Int64(SecondUser.id))
    }
  }

  @Test func aHostWithoutAChannel() throws {
    try Rehearsal.run { channel in
      try Files.remove(channel.channelFile)
      let outcome = try channel.sluice("--json", "scan", "--path", "/tmp/other.json")
      let report = try JSONText.object(outcome.output)
      #expect(
        report.number("format") == 1 && report.text("next") == "sluice init --root \(channel.root) --channel NAME")
      #expect(report.objects("legacyPaths").map { $0.text("path") } == ["\(channel.root)/tmp/other.json"])
      #expect(try channel.sluice("--channel", "missing", "scan").status == 78)
    }
  }
}
