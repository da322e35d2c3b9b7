import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// A server whose storage fails while it runs: it handles nothing that it cannot record, and goes on when it can.
@Suite(.serialized, .printsLogs)
struct StorageFailureTests {
  private static let caller = """
    s = open_one(); served = 0
    while True:
        text = ask(s)
        if not is_pong(text): break
        served += 1
    assert 'cannot record' in text and '"retryAfterMs"' in text, text
    # Refusals cannot be recorded either; nobody's hurry may cost the server memory.
    for _ in range(3000):
        text = ask(s)
        assert 'cannot record' in text, text
    print(served, flush=True)
    sys.stdin.readline()
    while not is_pong(ask(s)): time.sleep(0.05)
    print("served again", flush=True)
    """

  @Test(
    "a full disk under the audit log: nothing is handled that cannot be recorded, and all goes on with room again",
    .enabled(if: Privilege.isRoot, "needs root, to mount"))
  func theLogsDiskIsFull() throws {
    try Rehearsal.run { channel in
      let logs = "\(channel.root)/var/log/sluice/parrot-mcp"
      let script =
        "mkdir -p -m 755 $ROOT/var/log/sluice && mkdir -m 700 $1 && mount -t tmpfs -o size=2m,mode=700 none $1"
      let mounted = try channel.shell(script, logs)
      try #require(mounted.status == 0, "\(mounted)")
      defer { _ = try? channel.shell(#"umount -l "$1""#, logs) }
      let server = try channel.serve("--phase", "socket")
      try channel.shell(#"head -c 4m /dev/zero > "$1/ballast""#, logs)
      let caller = try Users.client([], channel, Self.caller)
      try caller.until("it is refused", seconds: 60) { $0.contains("\n") }
      let served = try #require(Int(caller.output.dropLast()))
      #expect(try channel.status().text("trouble")?.contains("cannot write the audit log") == true)
      // What was left for us waits.
      try channel.shell(#"( flock 9; echo '{"method":"ping"}' >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#)
      try eventually("it is claimed") { try Files.status(channel.runFile)?.size == 0 }
      #expect(try channel.count("run-file", "accepted") == 0)
      try Files.remove("\(logs)/ballast")
      caller.write("\n")
      try caller.until("it is served again") { $0.contains("served again") }
      #expect(server.isRunning)
      // Every call that was answered is on record, once.
      try eventually("all \(served) are on record") { try channel.events("handled").count >= served + 2 }
      #expect(try channel.events("handled").count == served + 2)
      #expect(try channel.count("run-file", "handled") == 1)
      try eventually("what was too much to keep is counted") {
        let kept = try channel.events("rejected").count
        let counted = try channel.events("unrecorded").reduce(0) { $0 + ($1.number("count") ?? 0) }
        return kept > 0 && Int64(kept) + counted > 3_000
      }
      #expect(try channel.status().text("trouble") == nil)
      try channel.expectBalanced()
    }
  }

  private static let holder = """
    import sqlite3, sys
    c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
    c.execute("BEGIN IMMEDIATE"); print("held", flush=True); sys.stdin.readline(); c.execute("COMMIT")
    """

  @Test("a ledger that cannot be committed to: nothing is let go of, the commit is repeated, and nothing is done twice")
  func theLedgerIsHeld() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("socket")
      let holder = try RunningProgram(["python3", "-c", Self.holder, "\(channel.state)/state.db"], keepsInput: true)
      defer { holder.kill() }
      try holder.until("the ledger is held") { $0 == "held\n" }
      let messages = (1...3).map { #"{"method":"held","params":{"n":\#($0)}}"# }
      for message in messages {
        try channel.shell(#"( flock 9; echo "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#, message)
      }
      try eventually("the server says so", seconds: 40) {
        try channel.status().text("trouble")?.contains("cannot commit to the ledger") == true
      }
      // Nothing that could act twice after a kill has begun; a conversation needs no such promise.
      #expect(try Files.lines(channel.record) == [])
      #expect(try channel.socat(#"{"method":"now"}"# + "\n").output == "{\"result\":\"pong\"}\n")
      // A second failure of the same commit changes nothing.
      try eventually("it has been tried again", seconds: 40) {
        try channel.status().text("trouble")?.contains("cannot commit to the ledger") == true
      }
      holder.write("\n")
      #expect(try holder.end().status == 0)
      for message in messages { try channel.waitUntilHandled(message) }
      try eventually("the trouble is over") { try channel.status().text("trouble") == nil }
      #expect(try Files.lines(channel.record) == [#"{"method":"now"}"#] + messages)
      #expect(server.isRunning)
      try channel.expectBalanced()
      // And with a kill in the middle of it.
      let again = try RunningProgram(["python3", "-c", Self.holder, "\(channel.state)/state.db"], keepsInput: true)
      defer { again.kill() }
      try again.until("the ledger is held") { $0 == "held\n" }
      let last = #"{"method":"last"}"#
      try channel.shell(#"( flock 9; echo "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#, last)
      try eventually("it is claimed") { try Files.status(channel.runFile)?.size == 0 }
      server.kill()
      again.write("\n")
      #expect(try again.end().status == 0)
      try channel.serve("--phase", "socket")
      try channel.waitUntilHandled(last)
      #expect(try Files.lines(channel.record).filter { $0 == last }.count == 1)
      try channel.expectBalanced()
    }
  }

  /// A pipe that is full and that nobody reads: any write to it would wait for ever.
  @Test("a reader of our error output that stops reading holds nobody up", arguments: ["serve", "relay"])
  func nobodyReadsOurLines(_ stalled: String) throws {
    try Rehearsal.run { channel in
      let script = #"cat >>"$1"; echo "a complaint of the handler" >&2; echo '{"result":"pong"}'"#
      try channel.configure(try channel.scriptHandler(script + "\n"))
      // Whoever holds both ends keeps it from ever being without a reader, and reads nothing.
      let pipe = "\(channel.root)/lines"
      let keeper = try RunningProgram(
        [
          "/bin/bash", "-c", #"mkfifo "$1"; exec 8<>"$1"; head -c 65536 /dev/zero >&8; echo full; read -r x"#, "bash",
          pipe,
        ],
        keepsInput: true)
      defer { keeper.kill() }
      try keeper.until("the pipe is full") { $0 == "full\n" }
      func start(_ words: [String]) throws -> RunningProgram {
        let redirected = words[0] == stalled ? #"exec "$@" 2>"$LINES_PIPE""# : #"exec "$@" 2>/dev/null"#
        let program = try RunningProgram(
          ["/bin/bash", "-c", redirected, "bash"] + channel.words(words), keepsInput: true,
          variables: channel.variables + ["LINES_PIPE=\(pipe)"])
        try program.until("ready") { $0 == "ready\n" }
        return program
      }
      /// A thread of it waits in write(2) to descriptor 2.
      func waitUntilStuck(_ program: RunningProgram) throws {
        try eventually("a thread waits to write its lines") {
          try Files.names("/proc/\(program.pid)/task").contains {
            let words = try Files.text("/proc/\(program.pid)/task/\($0)/syscall").split(separator: " ")
            return words.count > 3 && words[1] == "0x2"
          }
        }
      }
      func exchange(_ numbers: ClosedRange<Int>) throws {
        for number in numbers {
          let reply = try channel.socat(#"{"method":"note"}"# + "\n")
          #expect(reply.output == "{\"result\":\"pong\"}\n", "\(reply)")
          let message = LegacyWriter.message("drop", number)
          try channel.shell(#"echo "$1" > $DROP"#, message)
          try channel.waitUntilHandled(message)
        }
      }
      var server = try start(["serve", "--phase", "socket"])
      defer { server.kill() }
      let relay = try start(["relay"])
      defer { relay.kill() }
      try channel.waitForRelay()
      try exchange(1...10)
      // The relay has something to say of a server that went.
      server.kill()
      if stalled == "relay" { try waitUntilStuck(relay) }
      server = try start(["serve", "--phase", "socket"])
      try channel.waitForRelay()
      try exchange(11...40)
      if stalled == "serve" { try waitUntilStuck(server) }
      for program in [relay, server] {
        try program.signal("TERM")
        #expect(try program.end(seconds: 10).status == 0)
      }
      // Nothing of it got through, or the pipe was not full.
      let read = try channel.shell(#"timeout 1 cat "$1" | wc -c"#, pipe)
      #expect(read.output == "65536\n", "\(read)")
    }
  }
}
