import SluiceSystem
import Testing

/// The lock of the run-file transport in the hands of clients that do not know better.
@Suite(.serialized, .printsLogs)
struct LockAttackTests {
  /// flock(1) took the lock and has ended; the descriptor, and with it the lock, lives on in a child of the shell.
  @Test("T67: a lock that a background child inherited is diagnosed with the holder's pid")
  func t67InheritedLock() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("run-file")
      let outcome = try channel.shell(
        #"( flock -x 200; sleep 600 >/dev/null 2>&1 & echo $! ) 200>"$DIR/mcp.lock""#)
      let holder = try #require(outcome.lines.first.map(String.init))
      defer { _ = try? RunningProgram(["kill", "-9", holder]).end() }
      let busy = try channel.sluice("send", "--transport", "run-file", #"{"method":"late"}"#)
      #expect(busy.status == 75 && busy.sentences.count == 1, "\(busy)")
      #expect(
        busy.errors.contains("mcp.lock") && busy.errors.contains("by process \(holder) (sleep, uid 0);"), "\(busy)")
      // A client that does not lock cannot be kept out; the server waits, and says for whom.
      let message = #"{"method":"early"}"#
      try channel.shell(#"echo "$1" >> $DIR/mcp_in.json"#, message)
      // In the sandbox it cannot look into other processes: its looker, which is outside, can.
      try eventually("the server says so: \(server.log)") {
        server.log.contains("mcp.lock has been held for over 2 s by process \(holder) (sleep, uid 0); waiting")
      }
      #expect(try !Files.exists(channel.record))
      _ = try RunningProgram(["kill", "-9", holder]).end()
      try channel.waitUntilHandled(message)
      let sent = try channel.sluice("send", "--request", "--transport", "run-file", #"{"method":"next"}"#)
      #expect(sent.status == 0 && sent.output.contains("pong"), "\(sent)")
    }
  }

  /// An old server's `cat` looks at the file whenever it likes. The kernel makes a file longer page by page: of a line that
  /// crosses one, a look may see the beginning, and the next look sees all of it.
  @Test("T68: a reader without the lock sees whole messages only") func t68ReaderWithoutLock() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("run-file")
      let reader = try RunningProgram([
        "python3", "-c",
        """
        import json, os, sys
        seen = looks = cuts = 0
        while not os.path.exists(sys.argv[2]):
            try: text = open(sys.argv[1], 'rb').read()
            except FileNotFoundError: continue
            looks += 1
            lines = text.split(b'\\n')
            tail = lines.pop()
            for line in lines: json.loads(line); seen += 1
            if not tail: cuts = 0; continue
            cuts += 1
            assert b'{"method":"'.startswith(tail[:11]) and len(text) % 4096 == 0 and cuts < 100000, (cuts, text[-200:])
        print(looks, seen)
        """, channel.runFile, "\(channel.root)/stop-reader",
      ])
      let writer = try channel.writer("run-file")
      var sent = 0
      let long = String(repeating: "x", count: 3900)
      for number in 1...40 {
        let message = #"{"method":"long","params":{"n":\#(number),"x":"\#(long)"}}"#
        let outcome = try channel.sluice("send", "--transport", "run-file", message)
        #expect(outcome.status == 0, "\(outcome)")
        sent += 1
      }
      let count = try channel.stop(writer, "run-file")
      try Files.write("\(channel.root)/stop-reader", "")
      let looks = try reader.end()
      #expect(looks.status == 0, "\(looks)")
      #expect((looks.output.split(separator: " ").last.flatMap { Int($0.dropLast()) } ?? 0) > 0, "\(looks)")
      try eventually("all arrived") { try Files.lines(channel.record).count == sent + count }
      try Account(channel).expectEach(of: "run-file", upTo: count)
    }
  }
}
