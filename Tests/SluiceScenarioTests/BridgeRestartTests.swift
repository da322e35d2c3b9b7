import SluiceSystem
import Testing

/// Servers that go and come back under bridged hosts.
@Suite(.serialized, .printsLogs)
struct BridgeRestartTests {
  private static let initialize = BridgeHost.request("0", "initialize")
  private static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#

  private func open(_ host: BridgeHost) throws {
    host.say(Self.initialize)
    #expect(try host.line(0).contains("hello 1"))
    #expect(try host.line(1).contains(#""capabilities""#))
    host.say(Self.initialized)
    host.say(BridgeHost.request("1", "x"))
    #expect(try host.line(2).contains(#""server":"1","opened":true"#))
  }

  @Test(arguments: ["hang", "half", "die"]) func aSessionGoesOnWithTheNextServer(end: String) throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let host = try BridgeHost(["connect", "--socket", fake.path])
      try open(host)
      host.say(BridgeHost.request(#""1""#, end))
      try eventually("it has that") {
        try host.pump()
        return try fake.heard().contains { $0.contains(#""method":"\#(end)""#) }
      }
      if end == "hang" { fake.kill() } else { try fake.waitForEnd() }
      #expect(try host.line(3).contains(#""id":"1","error":{"code":502"#))
      // Nobody is there: it waits.
      host.say(BridgeHost.request("2", "x"))
      try host.pump()
      try fake.start()
      // The new server's answer to the opening is not for the host; what it says besides is.
      let rest = try (4...7).map { try host.line($0) }
      #expect(rest[0].contains("hello 2"))
      #expect(rest[1].contains("notifications/tools/list_changed"))
      #expect(rest[2].contains("notifications/resources/list_changed"))
      #expect(rest[3].contains(#""id":2,"result":{"server":"2","opened":true}"#))
      let outcome = try host.end()
      #expect(outcome.status == 0 && outcome.lines.count == 8, "\(outcome)")
      #expect(outcome.errors.contains("the session is open again"), "\(outcome)")
      #expect(
        try fake.heard() == [
          "1 " + Self.initialize, "1 " + Self.initialized, "1 " + BridgeHost.request("1", "x"),
          "1 " + BridgeHost.request(#""1""#, end), "2 " + Self.initialize, "2 " + Self.initialized,
          "2 " + BridgeHost.request("2", "x"),
        ])
    }
  }

  @Test func withoutASessionASubscriptionEndsAndTheRestIsAnswered() throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let host = try BridgeHost(["connect", "--socket", fake.path])
      host.say(BridgeHost.request("5", "subscriptions/listen"))
      host.say(BridgeHost.request("6", "die"))
      #expect(try host.line(0).contains(#""id":6,"error":{"code":502"#))
      try fake.waitForEnd()
      try fake.start()
      #expect(
        try host.line(1)
          == #"{"jsonrpc":"2.0","id":5,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":5}}}"#
      )
      host.say(BridgeHost.request("7", "x"))
      #expect(try host.line(2).contains(#""server":"2","opened":false"#))
      #expect(try host.end().status == 0)
    }
  }

  @Test func aServersOwnRequestIsWithdrawn() throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let host = try BridgeHost(["connect", "--socket", fake.path])
      host.say(BridgeHost.request("1", "ask"))
      #expect(try host.line(0).contains("roots/list"))
      host.say(BridgeHost.request("2", "die"))
      let rest = try (1...3).map { try host.line($0) }
      #expect(rest[0].contains(#""id":1,"error":{"code":502"#) && rest[1].contains(#""id":2,"error":{"code":502"#))
      #expect(rest[2].contains("notifications/cancelled") && rest[2].contains(#""requestId":0"#))
      try fake.waitForEnd()
      host.say(#"{"jsonrpc":"2.0","id":0,"result":{"roots":[]}}"#)
      try fake.start()
      host.say(BridgeHost.request("3", "x"))
      #expect(try host.line(4).contains(#""server":"2""#))
      #expect(try host.end().status == 0)
      #expect(try fake.heard().allSatisfy { !$0.contains("roots") })
    }
  }

  @Test func aReplyThatIsTooLargeCostsItsCallerTheAnswer() throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let host = try BridgeHost(["connect", "--socket", fake.path])
      try open(host)
      host.say(BridgeHost.request("2", "huge"))
      #expect(try host.line(3).contains(#""id":2,"error":{"code":413"#))
      host.say(BridgeHost.request("3", "x"))
      // The session is opened again on a new connection of the same server.
      #expect(try host.line(7).contains(#""id":3,"result":{"server":"1","opened":true}"#))
      #expect(try host.end().status == 0)
    }
  }

  @Test func whatAServerPrintsBesidesDoesNotReachTheHost() throws {
    try Rehearsal.run { channel in
      let fake = try FakeServer(channel)
      try fake.start()
      let host = try BridgeHost(["connect", "--socket", fake.path])
      host.say(BridgeHost.request("1", "noise"))
      #expect(try host.line(0) == #"{"jsonrpc":"2.0","id":1,"result":{}}"#)
      #expect(try host.end().status == 0)
    }
  }

  // MARK: Ten hosts, twenty restarts

  /// Ten bridges, each with four requests under way; at the word, each asks once more, and all are counted.
  private static let hosts = """
    import json, subprocess, sys, threading
    words = sys.argv[2:]; stop = threading.Event(); results = []; lock = threading.Lock()
    def host(number):
        p = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        room = threading.Semaphore(4); answers = {}; sent = 0; stray = 0
        def read():
            nonlocal stray
            for line in p.stdout:
                m = json.loads(line)
                if m.get('id') is None: stray += 1; continue
                a = 'ok' if 'result' in m else m['error']['code']
                # A server that ends in order says so itself.
                answers.setdefault(m['id'], []).append('busy' if a == 503 else a); room.release()
        reader = threading.Thread(target=read); reader.start()
        def ask():
            nonlocal sent
            sent += 1
            p.stdin.write(b'{"jsonrpc":"2.0","id":"%d-%d","method":"ping"}\\n' % (number, sent)); p.stdin.flush()
        while not stop.is_set():
            if room.acquire(timeout=0.05): ask(); stop.wait(0.002)
        for i in range(4): room.acquire()
        ask(); room.acquire(); last = answers['%d-%d' % (number, sent)][0]
        p.stdin.close(); status = p.wait(); reader.join()
        ok = sum(a == ['ok'] for a in answers.values()); busy = sum(a == ['busy'] for a in answers.values()); lost = sum(a == [502] for a in answers.values())
        with lock: results.append((sent, ok, lost + busy, len(answers), stray, last, status))
    threads = [threading.Thread(target=host, args=(i,)) for i in range(10)]
    for t in threads: t.start()
    print('ready', flush=True); sys.stdin.readline(); stop.set()
    for t in threads: t.join()
    for r in results: print(*r)
    print('end', flush=True)
    """
  private static let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"# + "\n"

  /// A server on its standard streams, as small as one can be.
  private static let backend = #"""
    while read -r line; do
      printf '%s\n' "$line" >>"$1"
      [[ $line =~ \"id\":(\"[^\"]*\") ]] && printf '{"jsonrpc":"2.0","id":%s,"result":{}}\n' "${BASH_REMATCH[1]}"
    done
    """#

  @Test(arguments: ["builtin", "exec", "stdio"]) func everyRequestIsAnsweredOnce(handler: String) throws {
    try Rehearsal.run { channel in
      if handler == "exec" { try channel.configure(try channel.scriptHandler(Self.handler)) }
      if handler == "stdio" {
        try Files.write("\(channel.root)/backend.bash", Self.backend)
        try channel.configure(
          #"handler: { kind: "stdio", command: ["/bin/bash", "\#(channel.root)/backend.bash", "\#(channel.record)"] },"#)
      }
      var server = try channel.serve("--phase", "socket")
      let hosts = try RunningProgram(
        ["python3", "-c", Self.hosts, "x", Places.binary, "--root", channel.root, "connect", "--wait", "20s"],
        keepsInput: true)
      try hosts.until("ready") { $0 == "ready\n" }
      for round in 0..<20 {
        Wait.pause(nanoseconds: 50_000_000)
        // By turns: an orderly end, and none.
        if round % 2 == 0 {
          server.kill()
        } else {
          try server.terminate()
          #expect(try server.end() == 0, "\(server.log)")
        }
        server = try channel.serve("--phase", "socket")
      }
      hosts.write("stop\n")
      try hosts.until("the account", seconds: 60) { $0.hasSuffix("end\n") }
      let accounts = hosts.output.split(separator: "\n").dropFirst().dropLast().map {
        $0.split(separator: " ").map(String.init)
      }
      #expect(accounts.count == 10)
      for account in accounts {
        let numbers = account.prefix(5).map { Int($0) ?? -1 }
        // Each has one answer or one 502 (or 503), none has two, and the last one found a server.
        #expect(numbers[0] == numbers[1] + numbers[2] && numbers[3] == numbers[0] && numbers[4] == 0, "\(account)")
        #expect(numbers[1] > 0 && account[5] == "ok" && account[6] == "0", "\(account)")
      }
      guard handler != "builtin" else { return }
      let handled = try Files.lines(channel.record)
      #expect(Set(handled).count == handled.count, "a request was handled twice")
      #expect(handled.count >= accounts.reduce(0) { $0 + (Int($1[1]) ?? 0) })
    }
  }
}
