import SluiceSystem
import Testing

/// The FIFO when nobody reads it, when its server is away, and when it is not the FIFO any more.
@Suite(.serialized, .printsLogs)
struct FIFOAttackTests {
  private static let message = #"{"method":"note","params":{"n":1}}"#

  @Test("T62: with no reader a client returns at once with a clear error") func t62NoReader() throws {
    try Rehearsal.run { channel in
      let server = try channel.serve("--phase", "fifo")
      try server.terminate()
      #expect(try server.end() == 0)
      #expect(try Files.status(channel.fifo)?.kind == .fifo)
      let start = Clock.monotonic
      for words in [["send"], ["send", "--request"]] {
        let outcome = try RunningProgram(
          channel.words(words + ["--transport", "fifo", Self.message]), variables: channel.variables
        ).end()
        #expect(outcome.status == 69 && outcome.sentences.count == 1, "\(outcome)")
        #expect(outcome.errors.contains("mcp.fifo") && outcome.errors.contains("sluice serve"), "\(outcome)")
      }
      #expect(Clock.monotonic - start < 5_000_000_000)
      let shell = try RunningProgram(
        ["\(Places.repository)/scripts/clients/sluice-send", Self.message], variables: channel.clientVariables
      ).end()
      #expect(shell.status != 0 && !shell.errors.isEmpty, "\(shell)")
    }
  }

  @Test("T63, T65: what was written while no server ran is kept by the relay, and handled once, in order")
  func t63UnreadBytes() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      var (server, _) = try channel.open("fifo")
      var sent: [String] = []
      for kills in [true, false, true] {
        if kills { server.kill() } else { try server.terminate() }
        if !kills { #expect(try server.end() == 0) }
        for _ in 0..<20 {
          sent.append(#"{"method":"note","params":{"n":\#(sent.count)}}"#)
          // Blocks for ever where nobody holds the FIFO.
          let outcome = try channel.shell(#"echo "$1" > $DIR/mcp.fifo"#, sent[sent.count - 1])
          #expect(outcome.status == 0, "\(outcome)")
        }
        server = try channel.serve("--phase", "fifo")
        try eventually("all \(sent.count) are handled") { try Files.lines(channel.record).count >= sent.count }
      }
      #expect(try Files.lines(channel.record) == sent)
      try channel.expectBalanced()
    }
  }

  /// The relay holds the FIFO while no server does; without both the kernel drops what nobody has read (fifo(7)).
  @Test("T73: with the FIFO's holder killed too unread bytes are lost, as documented, and the restart is clean")
  func t73HolderKilled() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, relay) = try channel.open("fifo")
      server.kill()
      let lost = try channel.shell(
        #"for n in 1 2 3; do echo '{"method":"lost"}' > $DIR/mcp.fifo; done; printf '{"meth' > $DIR/mcp.fifo"#)
      #expect(lost.status == 0, "\(lost)")
      relay.kill()
      // No reader and no holder: a client is not left waiting.
      let refused = try channel.sluice("send", "--transport", "fifo", #"{"method":"refused"}"#)
      #expect(refused.status == 69, "\(refused)")
      try channel.open("fifo")
      let message = #"{"method":"od","params":{}}"#
      try channel.shell(#"echo "$1" > $DIR/mcp.fifo"#, message)
      try channel.waitUntilHandled(message)
      // Neither a lost line nor half of one comes back.
      #expect(try Files.lines(channel.record) == [message])
      #expect(try channel.events("rejected").isEmpty && channel.events("quarantined").isEmpty)
      try channel.expectBalanced()
    }
  }

  @Test(
    "T64: something else in the FIFO's place is noticed, left alone, and the FIFO comes back when it is gone",
    arguments: ["echo x > $DIR/mcp.fifo", "mkdir $DIR/mcp.fifo", "ln -s /dev/null $DIR/mcp.fifo"])
  func t64Swapped(script: String) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("fifo")
      // Bytes that a client had in the pipe before the swap count.
      try channel.shell(#"exec 3<>$DIR/mcp.fifo; rm $DIR/mcp.fifo; \#(script); echo "$1" >&3"#, Self.message)
      try channel.waitUntilHandled(Self.message)
      try eventually("the server says so: \(server.log)") {
        server.log.contains("\(channel.fifo) is a ") && server.log.contains("no longer the FIFO that is read")
      }
      let refused = try channel.sluice("send", "--transport", "fifo", Self.message)
      #expect(refused.status != 0 && refused.errors.contains("not a FIFO"), "\(refused)")
      #expect(try Files.status(channel.fifo)?.kind != .fifo)
      try channel.shell("rm -rf $DIR/mcp.fifo")
      try eventually("it is made again: \(server.log)") { try Files.status(channel.fifo)?.kind == .fifo }
      #expect(try Files.status(channel.fifo)?.mode == 0o600)
      let next = #"{"method":"note","params":{"n":2}}"#
      #expect(try channel.sluice("send", "--transport", "fifo", next).status == 0)
      try channel.waitUntilHandled(next)
      try channel.expectBalanced()
    }
  }

  @Test("T64: a FIFO that was replaced by another one is read on, and half a line of the old one spoils nothing")
  func t64Replaced() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, _) = try channel.open("fifo")
      try channel.shell(#"printf '{"method":"half' > $DIR/mcp.fifo; mkfifo $DIR/new; mv $DIR/new $DIR/mcp.fifo"#)
      try eventually("the server says so: \(server.log)") { server.log.contains("was replaced by another FIFO") }
      #expect(try channel.sluice("send", "--transport", "fifo", Self.message).status == 0)
      try channel.waitUntilHandled(Self.message)
      try eventually("half a line is put aside") { try channel.count("fifo", "quarantined") == 1 }
      try channel.expectBalanced()
    }
  }
}
