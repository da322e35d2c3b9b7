import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// `sluice connect`, as hosts start it.
@Suite(.serialized, .printsLogs)
struct BridgeTests {
  private static let ping = BridgeHost.request("1", "ping")
  private static let pong = #"{"jsonrpc":"2.0","id":1,"result":{}}"#

  // MARK: Beginning

  @Test func itWaitsForAServerThatIsStarting() throws {
    try Rehearsal.run { channel in
      let host = try BridgeHost(channel)
      host.say(Self.ping)
      // Nothing of the channel exists yet, not even its directory.
      let deadline = Deadline(seconds: 1)
      while !deadline.hasPassed { try host.pump() }
      #expect(host.program.status == nil && host.lines.isEmpty)
      try channel.serve("--phase", "socket")
      #expect(try host.line(0) == Self.pong)
      let outcome = try host.end()
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
    }
  }

  @Test func withoutAServerItSaysSoAndEnds() throws {
    try Rehearsal.run { channel in
      let host = try BridgeHost(channel, "--wait", "300ms", input: Self.ping + "\n")
      let outcome = try host.program.end(seconds: 5)
      #expect(outcome.status == 69 && outcome.errors.contains("start it with: sluice serve"), "\(outcome)")
      #expect(outcome.lines.count == 1 && outcome.output.contains(#""id":1,"error":{"code":502"#), "\(outcome)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, Comment(rawValue: SecondUser.reason)))
  func anImpostorGetsNothing() throws {
    try Rehearsal.run(isOpen: true) { channel in
      let fake = try FakeServer(channel)
      try fake.start(as: SecondUser.id)
      let host = try BridgeHost(["connect", "--socket", fake.path], input: Self.ping + "\n")
      let outcome = try host.program.end(seconds: 5)
      #expect(outcome.status == 77 && outcome.errors.contains("runs as uid 65534"), "\(outcome)")
      #expect(outcome.errors.contains("nothing was sent") && outcome.output.isEmpty, "\(outcome)")
      #expect(try fake.heard().isEmpty)
      // Whom the user names is trusted.
      let named = try BridgeHost(
        ["connect", "--socket", fake.path, "--server-user", "65534"],
        input: BridgeHost.request("1", "x") + "\n", keepsInput: false
      ).program.end()
      #expect(named.status == 0 && named.output.contains(#""server":"1""#), "\(named)")
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, Comment(rawValue: SecondUser.reason)))
  func whoMayNotEnterIsToldSo() throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.serve("--phase", "socket")
      let outcome = try BridgeHost(
        ["connect", "--socket", channel.socket, "--server-user", "0"], input: Self.ping + "\n", user: SecondUser.prefix
      ).program.end(seconds: 5)
      #expect(outcome.status == 77 && outcome.errors.contains("not permitted"), "\(outcome)")
    }
  }

  @Test func aPathThatOthersCanChangeIsRefused() throws {
    try Rehearsal.run { channel in
      try channel.serve("--phase", "socket")
      try channel.shell("chmod o+w $DIR")
      let outcome = try BridgeHost(channel, input: Self.ping + "\n").program.end(seconds: 5)
      #expect(outcome.status == 77 && outcome.errors.contains("parrot-mcp"), "\(outcome)")
    }
  }

  @Test func aUsersOwnChannelIsFoundByUserAndName() throws {
    try Rehearsal.run { channel in
      let user = Process.effectiveUser
      try channel.configure(#"paths: { runtime: "/run/user/\#(user)/parrot-mcp" },"#)
      try channel.shell("mkdir -p -m 755 $ROOT/run/user && mkdir -m 700 $ROOT/run/user/\(user)")
      try channel.serve("--phase", "socket")
      // The client's side has no file.
      try Files.remove(channel.channelFile)
      let host = try BridgeHost(channel, input: Self.ping + "\n", keepsInput: false)
      let outcome = try host.program.end()
      #expect(outcome.status == 0 && outcome.output == Self.pong + "\n", "\(outcome)")
    }
  }

  @Test func whoeverDoesNotSpeakInMessagesIsNoServer() throws {
    try Rehearsal.run { channel in
      try Directory.open(channel.root).makeDirectory("other", mode: 0o755)
      let path = "\(channel.root)/other/s.sock"
      let other = try RunningProgram(
        ["socat", "UNIX-LISTEN:\(path)", "SYSTEM:seq 40; sleep 5"], keepsInput: true)
      try eventually("it listens") { try Files.exists(path) }
      let outcome = try BridgeHost(["connect", "--socket", path]).program.end(seconds: 10)
      #expect(outcome.status == 76 && outcome.output.isEmpty, "\(outcome)")
      other.kill()
    }
  }

  // MARK: End

  private static let slow = """
    read -r line; printf '%s\\n' "$line" >>"$1"
    case $line in *slow*) sleep 0.5;; *never*) sleep 30;; esac
    echo '{"result":"done"}'

    """

  @Test(arguments: ["end of input", "TERM"]) func answersAreAwaitedAndNoLonger(how: String) throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.slow))
      try channel.serve("--phase", "socket")
      for (method, expected) in [("slow", #""result":"done""#), ("never", #""error":{"code":504"#)] {
        let host = try BridgeHost(channel)
        host.say(BridgeHost.request("1", method))
        try eventually("the handler has it") {
          try host.pump()
          return try Files.text(channel.record).contains(method)
        }
        let begin = Clock.monotonic
        if how == "TERM" { try host.program.signal("TERM") }
        let outcome = how == "TERM" ? try host.program.end() : try host.end()
        let took = Clock.monotonic - begin
        #expect(outcome.status == 0 && outcome.output.contains(expected), "\(outcome)")
        #expect(took < 1_900_000_000, "\(took) ns")
      }
    }
  }

  @Test func aHostThatIsGoneEndsIt() throws {
    try Rehearsal.run { channel in
      try channel.serve("--phase", "socket")
      let script = """
        import subprocess, sys
        for attempt in range(2):
            p = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            p.stdin.write(b'{"method":"ping"}\\n'); p.stdin.flush(); p.stdout.readline(); p.stdout.close()
            print(p.wait(timeout=5), flush=True)
        """
      let outcome = try RunningProgram(
        ["python3", "-c", script, "x", Places.binary, "--root", channel.root, "connect"]
      ).end()
      #expect(outcome.output == "0\n0\n", "\(outcome)")
    }
  }

  @Test func itsStreamsMayBeFiles() throws {
    try Rehearsal.run { channel in
      try channel.serve("--phase", "socket")
      try Files.write("\(channel.root)/in", Self.ping + "\n" + #"{"method":"ping"}"#)
      let outcome = try channel.shell(#""$1" --root "$ROOT" connect < "$ROOT/in" > "$ROOT/out""#, Places.binary)
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
      #expect(try Files.text("\(channel.root)/out") == Self.pong + "\n" + #"{"result":"pong"}"# + "\n")
      let closed = try channel.shell(#""$1" --root "$ROOT" connect <&-"#, Places.binary)
      #expect(closed.status == 0, "\(closed)")
      let deaf = try channel.shell(#""$1" --root "$ROOT" connect >&-"#, Places.binary)
      #expect(deaf.status == 64, "\(deaf)")
    }
  }

  // MARK: Size and pace

  @Test func longLinesPassAsTheyAre() throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let host = try BridgeHost(["connect", "--socket", fake.path])
      let long = String(repeating: "é😀x", count: 150_000)
      for index in 0..<3 {
        let request = BridgeHost.request("\(index)", "echo", #"{"text":"\#(long)","n":1.0e2}"#)
        host.say(request)
        #expect(try host.line(index) == #"{"jsonrpc":"2.0","id":\#(index),"result":\#(request)}"#)
      }
      // More than a bridge takes: refused, and the next one passes.
      host.say(BridgeHost.request("8", "echo", #"{"text":"\#(String(repeating: long, count: 5))"}"#))
      host.say(BridgeHost.request("9", "x"))
      #expect(try host.line(3).contains(#""id":null,"error":{"code":413"#))
      #expect(try host.line(4).contains(#""id":9,"result""#))
      #expect(try host.end().status == 0)
    }
  }

  @Test func aHostThatSendsNoLinesIsToldSo() throws {
    try Rehearsal.run { channel in
      try channel.serve("--phase", "socket")
      let outcome = try channel.shell(
        #"head -c 70000000 /dev/zero | tr '\0' x | "$1" --root "$ROOT" connect"#, Places.binary)
      #expect(outcome.status == 76 && outcome.errors.contains("the host sends no lines"), "\(outcome)")
      #expect(outcome.output.contains(#""id":null,"error":{"code":413"#), "\(outcome)")
    }
  }

  @Test func aHostThatDoesNotReadHoldsNobodyUp() throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let text = String(repeating: "x", count: 100_000)
      let count = 200
      // Sends all, reads nothing until it is told to.
      let script = """
        import os, subprocess, sys, threading
        p = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        def feed():
            for i in range(\(count)): p.stdin.write(b'{"jsonrpc":"2.0","id":%d,"method":"echo","params":["\(text)"]}\\n' % i)
            p.stdin.flush()
        t = threading.Thread(target=feed); t.start()
        print(p.pid, flush=True); sys.stdin.readline()
        ids = [int(p.stdout.readline().split(b',')[1][5:]) for i in range(\(count))]
        t.join(); p.stdin.close(); print(ids == list(range(\(count))), p.wait(), flush=True)
        """
      let host = try RunningProgram(
        ["python3", "-c", script, "x", Places.binary, "connect", "--socket", fake.path], keepsInput: true)
      try host.until("a pid") { $0.hasSuffix("\n") }
      let pid = host.output.prefix { $0 != "\n" }
      let other = try BridgeHost(["connect", "--socket", fake.path])
      other.say(BridgeHost.request("1", "x"))
      try other.line(0)
      let deadline = Deadline(seconds: 1)
      while !deadline.hasPassed { try host.pump() }
      let status = try Files.text("/proc/\(pid)/status")
      let resident = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }?.split(whereSeparator: { $0 == " " })
      let kilobytes = try #require(resident.flatMap { $0.count > 1 ? Int($0[$0.count - 2]) : nil })
      #expect(kilobytes < 48 << 10, "\(kilobytes) KiB of \(count * text.utf8.count >> 10) KiB")
      host.write("go\n")
      try host.until("its answers", seconds: 60) { $0.hasSuffix("True 0\n") }
    }
  }

  // MARK: Rules that ask for programs

  @Test(.enabled(if: AttestedPeer.isAvailable, "\(AttestedPeer.reason)"))
  func whatItSendsCountsAsItsOwn() throws {
    try Rehearsal.run { channel in
      let rule = try AttestedPeer.rule(Places.binary, naming: false)
      try channel.configure(#"policy: { rules: [\#(rule)] },"#)
      try channel.serve("--phase", "socket")
      let outcome = try BridgeHost(channel, input: Self.ping + "\n", keepsInput: false).program.end()
      #expect(outcome.status == 0 && outcome.output == Self.pong + "\n", "\(outcome)")
    }
  }
}
