import SluiceChannel
import SluiceSystem
import Testing

/// One user at a limit leaves the others as they were. With real users, and the real binary.
@Suite(.serialized, .printsLogs, .enabled(if: Users.isAvailable, "\(Users.reason)"))
struct LimitTests {
  private func run(_ limits: String, _ more: String = "", _ body: (Rehearsal, Service) throws -> Void) throws {
    try Rehearsal.run("\(Users.settings) limits: { \(limits) }, \(more)", isOpen: true) { channel in
      try body(channel, try channel.serve("--phase", "socket"))
    }
  }

  /// How often a limit was reached by a user, as `status` says.
  private func count(_ limit: String, _ uid: UInt32, _ channel: Rehearsal) throws -> Int64 {
    try channel.status().objects("limits").first { $0.text("limit") == limit && $0.number("uid") == Int64(uid) }?
      .number("count") ?? 0
  }

  private func succeed(_ program: RunningProgram, _ location: SourceLocation = #_sourceLocation) throws -> Outcome {
    program.closeInput()
    let outcome = try program.end(seconds: 60)
    #expect(outcome.status == 0, "\(outcome)", sourceLocation: location)
    return outcome
  }

  @Test func t22OneUserAtItsLimitLeavesTheOthersServed() throws {
    try run("connections: 64, perUserConnections: 8") { channel, server in
      let greedy = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        held = [open_one() for _ in range(8)]
        assert all(is_pong(ask(s)) for s in held)
        text = ask(open_one())
        assert 'too many connections of uid 1001 (limit 8)' in text and '429' in text and 'retryAfterMs' in text, text
        print('full'); sys.stdin.read()
        assert all(is_pong(ask(s)) for s in held)
        """)
      try greedy.until("it holds its connections") { $0.contains("full") }
      for uid in [Users.quiet, Users.third] { #expect(try channel.expectServed(uid).status == 0) }
      let operated = try channel.sluice("send", "--request", #"{"method":"ping"}"#)
      #expect(operated.output == "{\"result\":\"pong\"}\n", "\(operated)")
      #expect(try count("connections", Users.greedy, channel) == 1)
      #expect(try channel.sluice("status").output.contains("connections: 1 times, uid 1001"))
      try server.waitUntilSaid("too many connections of uid 1001 (limit 8)")
      #expect(try channel.events("limited").count == 1)
      _ = try succeed(greedy)
    }
  }

  @Test func t22SharesLeaveSomethingForWhoeverComesNext() throws {
    try run("connections: 40") { channel, _ in
      let script = """
        held = []
        while len(held) < 40:
            s = open_one(); text = ask(s)
            if not is_pong(text): break
            held.append(s)
        print('holds', len(held), text); sys.stdin.read()
        """
      var clients: [RunningProgram] = []
      for (uid, held) in [(Users.greedy, 17), (Users.quiet, 6), (Users.third, 3)] {
        let client = try Users.client(Users.prefix(uid), channel, script)
        try client.until("uid \(uid) has its share") { $0.contains("holds \(held) ") }
        #expect(client.output.contains("too many connections of uid \(uid) (it has \(held), its share"))
        clients.append(client)
      }
      // Root has a reserve, and takes what is left.
      let root = try Users.client([], channel, script)
      try root.until("root has what is left") { $0.contains("holds 14 ") && $0.contains("(limit 40)") }
      #expect(try channel.sluice("status").status == 0)
      for client in clients + [root] { _ = try succeed(client) }
    }
  }

  @Test func t23AStormOfConnectionsIsAFewLines() throws {
    try run("connections: 64, perUserConnections: 4") { channel, server in
      let storm = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        held = [open_one() for _ in range(4)]
        assert all(is_pong(ask(s)) for s in held)
        print('storm'); count = 0; end = time.monotonic() + 3
        while time.monotonic() < end:
            s = socket.socket(socket.AF_UNIX); s.connect(path); s.close(); count += 1
        print('storms', count)
        """)
      try storm.until("it storms") { $0.contains("storm") }
      let quiet = try Users.client(
        Users.prefix(Users.quiet), channel,
        """
        took = []
        for _ in range(50):
            begun = time.monotonic(); text = ask(open_one()); took.append(time.monotonic() - begun)
            assert is_pong(text), text
            time.sleep(0.02)
        took.sort(); print('median %.1f ms, worst %.1f ms' % (took[25] * 1e3, took[-1] * 1e3))
        assert took[25] < 0.5, took
        """)
      let served = try succeed(quiet)
      let stormed = try succeed(storm)
      try eventually("all of them are counted") { try count("connections", Users.greedy, channel) > 100 }
      let lines = server.log.split(separator: "\n")
      let events = try channel.events("limited")
      #expect(lines.count < 8 && events.count < 8, "\(lines)")
      print("t23: \(stormed.output) \(served.output) \(lines.count) lines, \(events.count) records")
      #expect(try channel.expectServed(Users.third).status == 0)
    }
  }

  @Test func t24StrangersNeitherFillTheTableNorStay() throws {
    try Rehearsal.run(
      #"\#(Users.settings) socket: { mode: "0666", allowAnyone: true }, limits: { connections: 64 },"#, isOpen: true
    ) { channel in
      let server = try channel.serve("--phase", "socket")
      try channel.shell("chmod 0711 $DIR")
      let stranger = try Users.client(
        Users.strangerPrefix(Users.third), channel,
        """
        text = ask(open_one())
        assert '403' in text and 'not permitted' in text, text
        held = [open_one() for _ in range(300)]
        print('full'); begun = time.monotonic()
        for s in held:
            while s.recv(4096): pass
        took = time.monotonic() - begun
        print('all ended after %.1f s' % took); assert took < 8, took
        """)
      try stranger.until("it holds what it gets") { $0.contains("full") }
      let connections = try #require(try channel.status().number("connections"))
      #expect(connections <= 4)
      for uid in [Users.greedy, Users.quiet] { #expect(try channel.expectServed(uid).status == 0) }
      _ = try succeed(stranger)
      #expect(try count("strangers", Users.third, channel) >= 290)
      #expect(server.log.split(separator: "\n").count < 8, "\(server.log)")
    }
  }

  @Test func t26OneByteASecond() throws {
    try run(#"unfinished: "1s", firstByte: "1s""#) { channel, _ in
      let slow = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        s = open_one(); t = open_one(); begun = time.monotonic(); print('slow')
        s.settimeout(0.2)
        text = b''
        while not text and time.monotonic() - begun < 10:
            s.sendall(b'{')
            try: text = s.recv(4096)
            except TimeoutError: pass
        took = time.monotonic() - begun
        assert b'408' in text and 0.9 < took < 6, (text, took)
        assert 'no message came in time' in line(t)
        """)
      try slow.until("it has begun") { $0.contains("slow") }
      #expect(try channel.expectServed(Users.quiet).status == 0)
      _ = try succeed(slow)
      #expect(try count("unfinished", Users.greedy, channel) == 1)
      #expect(try count("first-byte", Users.greedy, channel) == 1)
    }
  }

  @Test func t27AReaderThatNeverReads() throws {
    try run(#"output: "64K", stalled: "2s""#) { channel, server in
      let deaf = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        s = open_one(); s.settimeout(1); sent = 0
        try:
            while sent < 50_000_000: sent += s.send(ping * 1000)
        except (TimeoutError, BrokenPipeError): pass
        print('sent', sent); assert sent < 20_000_000, sent
        sys.stdin.read()
        s.settimeout(20); text = b''
        while True:
            try: part = s.recv(1 << 20)
            except ConnectionResetError: break
            if not part: break
            text += part
        # Whole lines up to the end.
        assert all(l.endswith(b'}') for l in text.split(b'\\n')[:-2]), text[-200:]
        """)
      try deaf.until("it is not read from") { $0.contains("sent") }
      #expect(try channel.expectServed(Users.quiet).status == 0)
      try eventually("it is ended") { try count("stalled", Users.greedy, channel) == 1 }
      #expect(try channel.status().number("connections") == 0)
      try server.waitUntilSaid("uid 1001 left")
      _ = try succeed(deaf)
    }
  }

  @Test func t28FortyResetsLeaveNothing() throws {
    try run("connections: 64") { channel, _ in
      let leaver = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        for number in range(40):
            s = open_one()
            try: s.sendall(ping * 100 + b'{"method":')
            except OSError: pass  # those before it are not gone yet, and it is over its share
            s.close()
        """)
      _ = try succeed(leaver)
      try eventually("no connection is left") { try channel.status().number("connections") == 0 }
      #expect(try channel.status().number("inFlight") == 0)
      for uid in [Users.greedy, Users.quiet] { #expect(try channel.expectServed(uid).status == 0) }
      try channel.expectBalanced()
    }
  }

  @Test func t31AQuotaSlowsAndNamesAndThrowsNobodyOut() throws {
    try run(#"rate: "5/1s""#) { channel, _ in
      let daemon = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        s = open_one(); done = refused = 0
        while done < 15:
            text = ask(s); assert text, 'thrown out'
            if is_pong(text): done += 1; continue
            refused += 1
            answer = json.loads(text)['error']
            assert answer['code'] == 429 and 'too many messages of uid 1001 (limit 5 in 1s)' in text, text
            wait = answer['data']['retryAfterMs']; assert 0 < wait <= 1000, text
            time.sleep(wait / 1e3)
        assert 0 < refused < 40, refused
        # Who does not wait is slowed instead: few of a batch are refused, each is answered, and it takes its time.
        s = open_one(); s.sendall(ping * 20); begun = time.monotonic(); text = b''
        while text.count(b'\\n') < 20:
            part = s.recv(65536); assert part, 'thrown out'
            text += part
        took = time.monotonic() - begun; refused = text.count(b'429')
        print('refused %d of 20 in %.1f s' % (refused, took)); assert refused <= 14 and took > 1
        """)
      #expect(try channel.expectServed(Users.quiet).status == 0)
      _ = try succeed(daemon)
    }
  }

  /// Waiting calls take turns by user: a thousand of one are one among those who wait.
  @Test func t31CallsTakeTurnsByUser() throws {
    let handler =
      #"handler: { kind: "exec", command: ["/bin/sh", "-c", "cat >/dev/null; sleep 0.1; echo '{\"result\":1}'"], concurrency: 2 },"#
    try run("calls: 32", handler) { channel, _ in
      let hog = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        held = [open_one() for _ in range(4)]
        for s in held: s.sendall(ping * 20)
        print('begun'); begun = time.monotonic()
        for s in held:
            count = 0
            while count < 20:
                part = s.recv(65536); assert part, 'thrown out'
                assert b'error' not in part, part
                count += part.count(b'\\n')
        print('took', time.monotonic() - begun)
        """)
      try hog.until("its calls wait") { $0.contains("begun") }
      let quiet = try Users.client(
        Users.prefix(Users.quiet), channel,
        """
        begun = time.monotonic(); text = ask(open_one()); took = time.monotonic() - begun
        assert is_pong(text) and took < 1.5, (text, took)
        """)
      _ = try succeed(quiet)
      #expect(hog.output.split(separator: "\n").count == 1, "the other was to be at work still: \(hog.output)")
      #expect(try count("calls", Users.greedy, channel) > 0)
      _ = try succeed(hog)
    }
  }

  @Test func junkBetweenMessagesDoesNotGoOnForEver() throws {
    try run("connections: 64") { channel, _ in
      let junk = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        s = open_one(); count = 0
        while count < 500:
            if not ask(s, b'junk\\n'): break
            count += 1
            if not ask(s): break
        print('count', count); assert 32 <= count <= 65, count
        """)
      _ = try succeed(junk)
      #expect(try count("junk", Users.greedy, channel) == 1)
      #expect(try channel.expectServed(Users.greedy).status == 0)
    }
  }

  @Test func tooFewOpenFilesAreSaidAtTheStartAndWaitedFor() throws {
    try Rehearsal.run(
      "\(Users.settings) limits: { connections: 1000 },", isOpen: true, user: ["prlimit", "--nofile=60:60", "--"]
    ) { channel in
      let server = try channel.serve("--phase", "socket")
      try server.waitUntilSaid("limits.connections is 1000, but this process may open 60 files only")
      let greedy = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        held = [open_one() for _ in range(100)]
        print('full'); sys.stdin.read()
        """)
      try greedy.until("it holds more than there are files") { $0.contains("full") }
      try eventually("it is told") { server.log.contains("cannot accept connections") }
      let quiet = try Users.client(Users.prefix(Users.quiet), channel, "assert is_pong(ask(open_one()))")
      _ = try succeed(greedy)
      _ = try succeed(quiet)
      #expect(server.log.split(separator: "\n").count < 8, "\(server.log)")
    }
  }

  /// One that sends as much as it can, in deep batches, and one that asks now and then.
  @Test func readingIsFairToWhoAsksLittle() throws {
    try run("connections: 64") { channel, _ in
      let hog = try Users.client(
        Users.prefix(Users.greedy), channel,
        """
        import threading
        stop = False
        def push():
            s = open_one()
            def drain():
                try:
                    while s.recv(1 << 20): pass
                except OSError: pass
            threading.Thread(target=drain, daemon=True).start()
            while not stop: s.sendall(ping * 2000)
        for _ in range(4): threading.Thread(target=push, daemon=True).start()
        print('pushing'); sys.stdin.read(); stop = True
        """)
      try hog.until("it pushes") { $0.contains("pushing") }
      let quiet = try Users.client(
        Users.prefix(Users.quiet), channel,
        """
        s = open_one(); took = []
        for _ in range(100):
            begun = time.monotonic(); text = ask(s); took.append(time.monotonic() - begun)
            assert is_pong(text), text
        took.sort(); print('beside a hog: median %.2f ms, worst %.2f ms' % (took[50] * 1e3, took[-1] * 1e3))
        assert took[50] < 0.25, took
        """)
      print(try succeed(quiet).output)
      hog.kill()
    }
  }
}
