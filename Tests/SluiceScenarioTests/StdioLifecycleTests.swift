import SluiceChannel
import SluiceSystem
import Testing

/// Servers behind connections when the channel's own server drains or hands over, and messages without a connection.
@Suite(.serialized, .printsLogs)
struct StdioLifecycleTests {
  @Test func aDrainWaitsForAnswers() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend()
      let client = try StreamClient(channel)
      try client.ask("1", "slow", #"{"ms":800}"#)
      try eventually("it is in flight") { try channel.status().number("inFlight") == 1 }
      try server.terminate()
      #expect(try client.reply().text("result") == "slow")
      #expect(try client.end().isEmpty)
      #expect(try server.end() == 0, "\(server.log)")
    }
  }

  /// What a handover does to connections with a living server: the state of a handshake ends with its process; what
  /// carries all it needs in each request goes on, with a new process; a call in flight is answered first.
  @Test func aHandoverKeepsWhatCanGoOn() throws {
    try Rehearsal.run { channel in
      let old = try channel.serveBackend()
      let bound = try StreamClient(channel)
      try bound.ask("1", "initialize", #"{"protocolVersion":"2025-11-25"}"#)
      _ = try bound.reply()
      let free = try StreamClient(channel)
      try free.ask("1", "pid", StdioHandlerTests.meta)
      let pid = try free.reply().number("result")
      try free.ask("2", "subscriptions/listen", StdioHandlerTests.meta)
      try bound.ask("2", "slow", #"{"ms":700}"#)
      try eventually("both are in flight") { try channel.status().number("inFlight") == 2 }
      let next = try channel.serve("--takeover")
      #expect(try old.end() == 0, "\(old.log)")
      #expect(try bound.reply().text("result") == "slow")
      #expect(try bound.end().isEmpty)
      // It would have waited for ever: its asker is told to ask again.
      let listening = try free.reply()
      #expect(listening.number("id") == 2 && listening.object("error")?.number("code") == 503)
      try free.ask("3", "pid", StdioHandlerTests.meta)
      let other = try free.reply().number("result")
      #expect(other != nil && other != pid)
      #expect(try Rehearsal.children(of: next).count == 1)
      try eventually("the old server's processes are gone", seconds: 6) { !Rehearsal.isAlive(pid ?? 0) }
      #expect(next.isRunning)
      try channel.expectBalanced()
    }
  }

  /// One-way routes: those of one sender are one conversation, one at a time, each with its one end.
  @Test func messagesWithoutAConnection() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend()
      let relay = try channel.relay()
      try channel.waitForRelay()
      for number in 1...3 {
        for path in ["$DIR/mcp.fifo"] {
          try channel.shell(
            "printf '%s\\n' \"$1\" > \(path)", #"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"n":\#(number)}}"#)
        }
      }
      try channel.shell("printf '%s\\n' \"$1\" > $DROP", #"{"method":"end"}"#)
      try eventually("three are handled and one failed") {
        try channel.count("fifo", "handled") == 3 && channel.count("file-drop", "failed") == 1
      }
      let lines = try Files.lines(channel.got)
      #expect(lines.filter { $0.contains("echo") }.count == 3)
      try channel.shell("printf '%s\\n' \"$1\" > $DROP", #"{"method":"echo"}"#)
      try eventually("the next one has a new process") { try channel.count("file-drop", "handled") == 1 }
      try channel.expectBalanced()
      try server.terminate()
      #expect(try server.end() == 0, "\(server.log)")
      #expect(relay.isRunning)
    }
  }
}
