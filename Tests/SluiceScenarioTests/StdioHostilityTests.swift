import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Servers that misbehave: the right error for their client, nothing for the others, nothing left running.
@Suite(.serialized, .printsLogs)
struct StdioHostilityTests {
  /// Orderly (2 s), SIGTERM (2 s), SIGKILL: 6 s are for a machine that has time for it (SLUICE_TEST_FULL).
  private static let slack: Int64 = FullSizeTests.isFull ? 1 : 3
  private var slack: Int64 { Self.slack }

  struct Case: Sendable, CustomTestStringConvertible {
    let method: String
    var params = "{}"
    /// 0 for a result.
    let code: Int64
    /// Whether the connection ends with it.
    let ends: Bool
    var log = ""
    var testDescription: String { method }
  }

  @Test(arguments: [
    Case(method: "die", code: 502, ends: true, log: "no JSON-RPC message"),
    Case(method: "end", code: 502, ends: true),
    Case(method: "end", params: #"{"status":0}"#, code: 502, ends: true),
    Case(method: "junk", code: 0, ends: false, log: "a line of no JSON"),
    Case(method: "invalid", code: 502, ends: false, log: "no JSON-RPC message"),
    Case(method: "flood-errors", code: 0, ends: false, log: "lines left out"),
    Case(method: "big", params: #"{"size":2000000}"#, code: 413, ends: false, log: "bytes of its output was dropped"),
    Case(method: "big", params: #"{"size":1000000}"#, code: 0, ends: false),
    Case(method: "hang", code: 504, ends: false), Case(method: "half", code: 504, ends: false),
  ])
  func everyMisbehaviour(_ misdeed: Case) throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend(#"output: "1M", deadline: "\#(misdeed.code == 504 ? 1 : 60)s""#)
      let other = try StreamClient(channel)
      #expect(try other.call("echo").object("error") == nil)
      let client = try StreamClient(channel)
      try client.ask("1", misdeed.method, misdeed.params)
      let reply = try client.reply()
      #expect(reply.number("id") == 1)
      #expect((reply.object("error")?.number("code") ?? 0) == misdeed.code, "\(server.log)")
      if misdeed.ends {
        #expect(try client.end().isEmpty)
      } else {
        // Half a line spoils the next answer as well; the process behind it is another's business.
        try client.ask("2", "echo")
        if misdeed.method != "half" { #expect(try client.reply().number("id") == 2) }
      }
      #expect(try other.call("echo").object("error") == nil)
      // How many lines were left out is said with the next one, or when there will be none.
      client.kill()
      try eventually("the log says \(misdeed.log): \(server.log)") {
        misdeed.log.isEmpty || server.log.contains(misdeed.log)
      }
      #expect(server.log.utf8.count < 100_000)
      other.kill()
      try eventually("nothing is left", seconds: 6 * slack) { try Rehearsal.children(of: server).isEmpty }
      try channel.expectBalanced()
    }
  }

  /// Whatever a server did to stay, it is gone with all that it left 6 s after its last client.
  @Test(arguments: [["fork"], ["deaf"], ["deaf", "fork"], ["fork", "fork", "hang"], ["flood"]])
  func nothingIsLeft(_ methods: [String]) throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend()
      let client = try StreamClient(channel)
      var pids: [Int64] = []
      for method in methods {
        if method == "flood" || method == "hang" {
          try client.ask("1", method)
          continue
        }
        let result = try #require(try client.call(method).object("result"))
        pids += ["pid", "left"].compactMap { result.number($0) }
      }
      for pid in pids { #expect(Rehearsal.isAlive(pid)) }
      try eventually("it runs") {
        try client.program.pump()
        return try Rehearsal.children(of: server).count == 1
      }
      client.kill()
      try eventually("\(pids) and their keeper are gone", seconds: 6 * slack) {
        try Rehearsal.children(of: server).isEmpty && !pids.contains { Rehearsal.isAlive($0) }
      }
      #expect(server.isRunning)
    }
  }

  /// The end of the server, however it comes, is the end of what it started.
  @Test(arguments: ["KILL", "TERM"])
  func nothingOutlivesTheServer(_ signal: String) throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend()
      let client = try StreamClient(channel)
      var pids: [Int64] = []
      for method in ["fork", "deaf"] {
        let result = try #require(try client.call(method).object("result"))
        pids += ["pid", "left"].compactMap { result.number($0) }
      }
      try server.signal(signal)
      let status = try server.end()
      if signal == "TERM" { #expect(status == 0, "\(server.log)") }
      try eventually("\(pids) are gone", seconds: 6 * slack) { !pids.contains { Rehearsal.isAlive($0) } }
    }
  }

  /// A client that does not read holds up its own server and nobody else, in bounded memory.
  @Test func aClientThatDoesNotReadHoldsOnlyItselfUp() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend(settings: #"limits: { output: "256K" },"#)
      let deaf = try RunningProgram(
        [
          "python3", "-c",
          "import socket,sys,time;s=socket.socket(socket.AF_UNIX);s.connect(sys.argv[1]);"
            + #"s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"flood"}\n');time.sleep(600)"#,
          channel.socket,
        ], keepsInput: true)
      let other = try StreamClient(channel)
      try eventually("the flood is on") { try channel.status().number("inFlight") == 1 }
      let deadline = Deadline(seconds: 2)
      while !deadline.hasPassed { #expect(try other.call("echo").object("error") == nil) }
      let resident = try Files.text("/proc/\(server.pid)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS") }
      let kilobytes = try #require(resident?.split(separator: " ").dropLast().last.flatMap { Int($0) })
      #expect(kilobytes < 80_000)
      deaf.kill()
      other.kill()
      try eventually("nothing is left", seconds: 6 * slack) { try Rehearsal.children(of: server).isEmpty }
    }
  }

  /// A server that does not read has its client wait, and loses nothing.
  @Test func aServerThatDoesNotReadHoldsItsClientUp() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend()
      let client = try StreamClient(channel)
      try client.ask("0", "unread", #"{"ms":1500}"#)
      let fill = String(repeating: "f", count: 100_000)
      for number in 1...100 { try client.ask("\(number)", "echo", #"{"n":\#(number),"fill":"\#(fill)"}"#) }
      let other = try StreamClient(channel)
      #expect(try other.call("echo").object("error") == nil)
      #expect(try client.reply().text("result") == "read on")
      for number in 1...100 { #expect(try client.reply().object("result")?.number("n") == Int64(number)) }
      #expect(server.isRunning)
    }
  }

  @Test func sizesBothWays() throws {
    try Rehearsal.run { channel in
      try channel.serveBackend()
      let client = try StreamClient(channel)
      let large = String(repeating: "a", count: 4_000_000)
      try client.ask("1", "tools/call", #"{"name":"x","arguments":"\#(large)"}"#)
      #expect(try client.reply().object("result")?.text("called") == "x")
      try client.ask("2", "echo", #"{"fill":"\#(large)\#(large)"}"#)
      #expect(try client.code() == 413)
      try client.ask("3", "big", #"{"size":8000000}"#)
      #expect(try client.line().utf8.count > 8_000_000)
      try client.ask("4", "big", #"{"size":8400000}"#)
      let reply = try client.reply()
      #expect(reply.object("error")?.number("code") == 413 && reply.number("id") == 4)
    }
  }

  @Test func asManyProcessesAsMay() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend("children: 2")
      let clients = try (0..<3).map { _ in try StreamClient(channel) }
      for client in clients.prefix(2) { #expect(try client.call("echo").object("error") == nil) }
      #expect(try clients[2].call("echo").object("error")?.number("code") == 429)
      try clients[0].closeInput()
      _ = try clients[0].end()
      try eventually("a place is free, on the same connection") {
        try clients[2].call("echo").object("error") == nil
      }
      #expect(try Rehearsal.children(of: server).count == 2)
    }
  }

  @Test func aSpareIsReadyForTheSameUserOnly() throws {
    try Rehearsal.run { channel in
      let server = try channel.serveBackend("spare: true")
      let first = try StreamClient(channel)
      let environment = try #require(try first.call("environment").object("result"))
      #expect(environment.text("UNIXREMOTEPID") == nil && environment.text("UNIXREMOTEEUID") != nil)
      try eventually("a second one is ready") { try Rehearsal.children(of: server).count == 2 }
      let second = try StreamClient(channel)
      #expect(
        try second.call("environment").object("result")?.text("SLUICE_PEER_UID") == environment.text("SLUICE_PEER_UID"))
      try eventually("a third one is ready") { try Rehearsal.children(of: server).count == 3 }
      first.kill()
      second.kill()
      try eventually("only the spare is left", seconds: 6 * slack) { try Rehearsal.children(of: server).count == 1 }
      try server.terminate()
      #expect(try server.end() == 0)
    }
  }

  @Test func aProgramThatCannotBeStarted() throws {
    try Rehearsal.run(#"handler: { kind: "stdio", command: ["/nowhere/server"] },"#) { channel in
      let server = try channel.serve("--phase", "socket")
      let client = try StreamClient(channel)
      try client.ask("1", "initialize")
      #expect(try client.code() == 502)
      #expect(try client.end().isEmpty)
      #expect(try Rehearsal.children(of: server).isEmpty)
      try eventually("the log says why: \(server.log)") {
        server.log.contains("/nowhere/server: No such file or directory")
      }
    }
  }
}
