import SluiceChannel
import SluiceSystem
import Testing

/// One server behind each connection, with the real binary: what passes, what is answered for it, and what becomes of
/// the process.
@Suite(.serialized, .printsLogs)
struct StdioHandlerTests {
  /// A server in shell, which answers with bytes that no encoder would write.
  private static let exact = """
    while IFS= read -r line; do
      printf '%s\\n' "$line" >>"$1"
      printf '%s\\n' '{ "id":"x\\u0041", "result":{"n":1.50e+1,"s":"\\u00e9\\/","_meta":{"a":[ ]}} ,"jsonrpc":"2.0" }'
    done
    """

  @Test func bytesPassAsTheyCame() throws {
    try Rehearsal.run { channel in
      try Files.write("\(channel.root)/exact.sh", Self.exact)
      try channel.configure(
        #"handler: { kind: "stdio", command: ["/bin/sh", "\#(channel.root)/exact.sh", "\#(channel.got)"] },"#)
      try channel.serve("--phase", "socket")
      let message =
        #"{ "jsonrpc" :"2.0", "id":"xA","method":"tools/call","params":{"n":1.50e+1,"big":123456789012345678901234567890,"s":"\u00e9é\/\ud83d\ude00","_meta":{"x/y":null}} ,"extra":{}}"#
      let note = #"{"jsonrpc":"2.0","method":"notifications/x","params":{"progressToken":"7"}}"#
      let client = try StreamClient(channel)
      try client.send(message)
      #expect(
        try client.line()
          == #"{ "id":"x\u0041", "result":{"n":1.50e+1,"s":"\u00e9\/","_meta":{"a":[ ]}} ,"jsonrpc":"2.0" }"#)
      try client.send(note)
      try eventually("both were forwarded") { try Files.lines(channel.got) == [message, note] }
    }
  }

  @Test func aProcessForEachConnectionFromItsFirstMessageOn() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend()
      let silent = try StreamClient(channel)
      let first = try StreamClient(channel)
      let second = try StreamClient(channel)
      try eventually("three are connected") {
        for client in [silent, first, second] { try client.program.pump() }
        return try channel.status().number("connections") == 3
      }
      #expect(try Rehearsal.children(of: server).isEmpty)
      let one = try first.call("pid").number("result")
      let two = try second.call("pid").number("result")
      #expect(one != two)
      #expect(try first.call("pid").number("result") == one)
      #expect(try Rehearsal.children(of: server).count == 2)
      try first.closeInput()
      #expect(try first.end().isEmpty)
      try eventually("one is left") { try Rehearsal.children(of: server).count == 1 }
      #expect(try second.call("pid").number("result") == two)
    }
  }

  @Test func idsWithTheirTypesInAnyOrder() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend()
      let client = try StreamClient(channel)
      try client.ask("7", "later")
      try client.ask(#""7""#, "later")
      try client.ask("7", "echo")
      let duplicate = try client.reply()
      #expect(duplicate.object("error")?.number("code") == -32600 && duplicate.number("id") == 7)
      try client.ask("8", "now")
      #expect(try client.reply().number("id") == 8)
      #expect(try client.line() == #"{"jsonrpc": "2.0", "id": "7", "result": "later"}"#)
      #expect(try client.line() == #"{"jsonrpc": "2.0", "id": 7, "result": "later"}"#)
      // The duplicate was never forwarded, and the id is free again.
      #expect(try Files.lines(channel.got).count == 3)
      try client.ask("7", "echo")
      #expect(try client.reply().number("id") == 7)
    }
  }

  @Test func sameIdsOnTwoConnectionsAreTheirOwn() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend()
      let clients = try (0..<2).map { _ in try StreamClient(channel) }
      for client in clients { try client.ask("1", "later") }
      for (number, client) in clients.enumerated() {
        try client.ask("2", "echo", #"{"me":\#(number)}"#)
        #expect(try client.reply().object("result")?.number("me") == Int64(number))
        try client.ask("3", "now")
        #expect(try client.reply().number("id") == 3)
        #expect(try client.reply().text("result") == "later")
      }
    }
  }

  @Test func aServerAsksItsClient() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend()
      let client = try StreamClient(channel)
      // Before any question an answer goes nowhere, and starts nothing.
      try client.send(#"{"jsonrpc":"2.0","id":"q-1","result":"early"}"#)
      try client.ask("1", "ask")
      let question = try client.reply()
      #expect(question.text("method") == "elicitation/create" && question.text("id") == "q-1")
      try client.send(#"{"jsonrpc":"2.0","id":"other","result":"wrong"}"#)
      try client.send(
        #"{"jsonrpc":"2.0","id":"q-1","result":"right"}"#, #"{"jsonrpc":"2.0","id":"q-1","result":"twice"}"#)
      #expect(try client.reply().object("result")?.text("told") == "right")
      #expect(try Files.lines(channel.got).count == 2)
      try eventually("three answers are in the log as refused") {
        try channel.events("rejected").count { $0.number("code") == -32600 } == 3
      }
    }
  }

  static let meta = #"{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#

  /// A late answer to what was cancelled: passed on in revisions with a handshake, dropped in those without.
  @Test(arguments: [true, false])
  func aCancelledCallIsOver(hasHandshake: Bool) throws {
    try Rehearsal.run { channel in
      try channel.serveBackend()
      let client = try StreamClient(channel)
      try client.ask("0", hasHandshake ? "initialize" : "echo", Self.meta)
      _ = try client.reply()
      try client.ask("1", "hang", Self.meta)
      let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"r"}}"#
      try client.send(cancel, cancel.replacing("\"requestId\":1", with: "\"requestId\":99"))
      try client.ask("2", "cancelled")
      #expect(try client.reply().numbers("result") == [1, 99])
      try eventually("nothing is in flight") { try channel.status().number("inFlight") == 0 }
      try client.ask("3", "late")
      if hasHandshake { #expect(try client.reply().number("id") == 1) }
      #expect(try client.reply().number("id") == 3)
      // Nor does it hold a half-closed connection open.
      try client.ask("4", "hang", Self.meta)
      try client.send(cancel.replacing("\"requestId\":1", with: "\"requestId\":4"))
      try client.closeInput()
      #expect(try client.end().isEmpty)
      #expect(try channel.events("handled").contains { $0.text("reason") == "cancelled by its sender" })
    }
  }

  @Test func aDeadlineIsAnsweredAndToldToTheServer() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend(#"deadline: "300ms""#)
      let client = try StreamClient(channel)
      try client.ask("1", "slow", #"{"ms":900}"#)
      let reply = try client.reply()
      #expect(reply.object("error")?.number("code") == 504 && reply.number("id") == 1)
      try client.ask("2", "cancelled")
      #expect(try client.reply().numbers("result") == [1])
      // Its id is taken until the late answer came, which goes nowhere.
      try client.ask("1", "echo")
      #expect(try client.code() == -32600)
      try eventually("the late answer has come and the id is free") {
        try client.ask("1", "echo")
        return try client.code() == 0
      }
      try client.closeInput()
      #expect(try client.end().isEmpty)
      try channel.expectBalanced()
    }
  }

  @Test func answersAreWaitedForAfterAHalfClose() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend(#"linger: "1500ms""#)
      let client = try StreamClient(channel)
      try client.ask("1", "slow", #"{"ms":700}"#)
      try client.ask("2", "echo")
      try client.closeInput()
      #expect(try client.end().map { try JSONText.object($0).number("id") } == [2, 1])
      // What never comes is given up.
      let other = try StreamClient(channel)
      try other.ask("1", "hang")
      try other.closeInput()
      let lines = try other.end()
      #expect(try lines.map { try JSONText.object($0).object("error")?.number("code") } == [502])
    }
  }

  @Test func theEnvironmentIsAListAndNoDescriptorLeaks() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend(#"environment: ["TOKEN=a b", "HOME=/elsewhere"]"#)
      let client = try StreamClient(channel)
      let environment = try #require(try client.call("environment").object("result"))
      let expected: Set = [
        "PATH", "LANG", "HOME", "TOKEN", "PROTO", "SLUICE_CHANNEL", "SLUICE_ROUTE", "SLUICE_ATTESTATION",
        "SLUICE_PEER_UID", "SLUICE_PEER_GID", "UNIXREMOTEEUID", "UNIXREMOTEEGID", "UNIXREMOTEPID", "LC_CTYPE",
      ]
      #expect(Set(environment.members.map(\.key)).union(["LC_CTYPE"]) == expected)
      #expect(environment.text("PROTO") == "UNIX" && environment.text("TOKEN") == "a b")
      #expect(environment.text("HOME") == "/elsewhere")
      #expect(environment.text("UNIXREMOTEPID") == "\(client.program.pid)")
      #expect(environment.text("UNIXREMOTEEUID") == "\(Process.effectiveUser)")
      // Its log, and the directory that it is reading.
      #expect(try client.call("descriptors").numbers("result") == [0, 1, 2, 3, 4])
    }
  }

  @Test func theOldDialectsAreTranslated() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend(#"contents: ["who=pid", "what=echo"]"#)
      let client = try StreamClient(channel)
      try client.send(#"{"method":"ping"}"#, #"{"type":"mcp_message","content":"ping"}"#)
      #expect(try client.line() == #"{"result":"pong"}"#)
      #expect(try client.line() == #"{"result":"pong"}"#)
      // In their order, whatever order the answers come in.
      try client.send(#"{"method":"slow","params":{"ms":200}}"#, #"{"method":"echo","params":{ "n": 1 }}"#)
      #expect(try client.line() == #"{"result":"slow"}"#)
      #expect(try client.line() == #"{"result":{"n": 1}}"#)
      try client.send(#"{"method":"nope"}"#, #"{"type":"mcp_message","content":"what"}"#)
      #expect(try client.line() == #"{"error":"Method not found"}"#)
      #expect(try client.line() == #"{"type":"mcp_message","content":"{}"}"#)
      try client.send(#"{"type":"mcp_message","content":"unknown"}"#)
      #expect(try client.line() == #"{"error":"Unknown method"}"#)
    }
  }
}
