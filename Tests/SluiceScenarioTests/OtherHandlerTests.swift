import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Handlers that are reached and not started: a server on a socket of its own, and the old server through its file.
@Suite(.serialized, .printsLogs)
struct OtherHandlerTests {
  // MARK: socket

  static func upstream(_ body: (Rehearsal, () throws -> RunningProgram) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.directory.makeDirectory("up", mode: 0o755)
      try channel.configure(#"handler: { kind: "socket", path: "/up/server.sock", deadline: "1s" },"#)
      let path = "\(channel.root)/up/server.sock"
      try body(channel) {
        let server = try RunningProgram(
          ["socat", "UNIX-LISTEN:\(path),fork,unlink-early", "EXEC:/usr/bin/python3 \(Rehearsal.backend)"],
          keepsInput: true)
        try eventually("it listens") {
          try server.pump()
          return try RunningProgram(["socat", "-u", "OPEN:/dev/null", "UNIX-CONNECT:\(path)"]).end().status == 0
        }
        return server
      }
    }
  }

  @Test func aConnectionForEachOfOurs() throws {
    try Self.upstream { channel, start in
      let server = try start()
      try channel.serve("--phase", "socket")
      let clients = try (0..<2).map { _ in try StreamClient(channel) }
      let pids = try clients.map { try $0.call("pid").number("result") }
      #expect(pids[0] != nil && pids[0] != pids[1])
      try clients[0].ask("7", "later")
      try clients[0].ask("7", "echo")
      #expect(try clients[0].code() == -32600)
      try clients[0].ask("8", "hang")
      #expect(try (0..<2).map { _ in try clients[0].code() } == [504, 504])
      try clients[0].ask("9", "junk")
      #expect(try clients[0].reply().text("result") == "after the junk")
      try clients[0].ask("10", "end")
      #expect(try clients[0].code() == 502)
      #expect(try clients[0].end().isEmpty)
      #expect(try clients[1].call("pid").number("result") == pids[1])
      try clients[1].closeInput()
      #expect(try clients[1].end().isEmpty)
      try eventually("its server has ended") { !Rehearsal.isAlive(pids[1] ?? 0) }
      server.kill()
      let late = try StreamClient(channel)
      try late.ask("1", "echo")
      #expect(try late.code() == 502)
      #expect(try late.end().isEmpty)
      try channel.expectBalanced()
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aServerOfAnotherUsersIsNotTrusted() throws {
    try Self.upstream { channel, start in
      // The directory's owner decides what stands in it: root's is trusted, and what listens there is not.
      _ = try RunningProgram(["chmod", "0711", channel.root]).end()
      let path = "\(channel.root)/up/server.sock"
      let impostor = try RunningProgram(
        [
          "python3", "-c",
          "import os,socket,sys,time;s=socket.socket(socket.AF_UNIX);s.bind(sys.argv[1]);os.setuid(65534);s.listen();"
            + "print('up',flush=True);c=s.accept()[0];print(c.recv(99),flush=True)", path,
        ], keepsInput: true)
      try impostor.until("it listens") { $0.contains("up") }
      let server = try channel.serve("--phase", "socket")
      let client = try StreamClient(channel)
      try client.ask("1", "echo")
      #expect(try client.code() == 502)
      try eventually("the log says why: \(server.log)") { server.log.contains("runs as uid 65534") }
      try impostor.until("it got nothing") { $0.contains("b''") }
    }
  }

  // MARK: file-drop

  /// As the old servers are: a look at a time, read, remove.
  private static let oldServer = """
    while sleep 0.05; do
      [ -e "$ROOT/stop" ] && exit 0
      [ -f "$1" ] || continue
      cat "$1" >>"$2"; rm -f "$1"
    done
    """

  static func inbox(_ body: (Rehearsal, String) throws -> Void) throws {
    try Rehearsal.run { channel in
      try channel.directory.makeDirectory("inbox", mode: 0o700)
      try channel.configure(#"handler: { kind: "file-drop", path: "/inbox/mcp_in.json", deadline: "500ms" },"#)
      try body(channel, "\(channel.root)/inbox/mcp_in.json")
    }
  }

  @Test func theOldServerIsFedOneByOne() throws {
    try Self.inbox { channel, inbox in
      let (server, _) = try channel.open("socket")
      let old = try RunningProgram(
        ["/bin/sh", "-c", Self.oldServer, "sh", inbox, channel.record], keepsInput: true,
        variables: channel.clientVariables)
      let client = try StreamClient(channel)
      let messages = (1...10).map { #"{ "method":"note", "params":{"n":\#($0)}}"# }
      for message in messages { try client.send(message) }
      for _ in messages { #expect(try client.line() == #"{"result":{"taken":true}}"#) }
      #expect(try Files.lines(channel.record) == messages)
      try channel.shell("printf '%s\\n' \"$1\" > $DIR/mcp.fifo", #"{"method":"fifo"}"#)
      try channel.shell("printf '%s\\n' \"$1\" > $DROP", #"{"type":"mcp_message","content":"drop"}"#)
      try channel.waitUntilHandled(#"{"method":"fifo"}"#)
      try channel.waitUntilHandled(#"{"type":"mcp_message","content":"drop"}"#)
      try Files.write("\(channel.root)/stop", "")
      _ = try old.end()
      // Nobody takes it: it is taken back, so that it is never handled after its refusal.
      try client.send(#"{"method":"late"}"#)
      #expect(try client.line() == #"{"error":"the handler took too long"}"#)
      #expect(try Files.names("\(channel.root)/inbox").isEmpty)
      try client.closeInput()
      #expect(try client.end().isEmpty)
      try channel.expectBalanced()
      try server.terminate()
      #expect(try server.end() == 0, "\(server.log)")
    }
  }

  @Test func whatLiesThereAlreadyIsNotOverwritten() throws {
    try Self.inbox { channel, inbox in
      try channel.serve("--phase", "socket")
      try Files.write(inbox, "somebody else's\n")
      let client = try StreamClient(channel)
      try client.send(#"{"method":"x"}"#)
      #expect(try client.line() == #"{"error":"the handler took too long"}"#)
      #expect(try Files.text(inbox) == "somebody else's\n")
      try Files.remove(inbox)
      try client.send(#"{"method":"y"}"#)
      try eventually("it lies there") { try Files.text(inbox) == "{\"method\":\"y\"}\n" }
      // Emptied counts as taken.
      try channel.shell(": > \"$1\"", inbox)
      #expect(try client.line() == #"{"result":{"taken":true}}"#)
    }
  }
}
