import SluiceSystem
import Testing

/// SIGTERM: what was taken is answered, what waits stays for the next server.
@Suite(.serialized, .printsLogs)
struct DrainTests {
  private static let slow = """
    read -r line; printf '%s\\n' "$line" >>"$1"
    case $line in *slow*) until [ -e "$1.go" ]; do sleep 0.01; done;; esac
    echo '{"result":"done"}'
    """

  @Test func aCallInFlightIsAnsweredAndTheRestWaits() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.slow))
      var server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("socket")
      let client = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      client.write(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
      let idle = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      try eventually("the handler has it") {
        try client.pump()
        try idle.pump()
        return try channel.status().number("inFlight") == 1 && channel.status().number("connections") == 2
      }
      try server.terminate()
      try eventually("nobody new is let in") { try !Files.exists(channel.socket) }
      #expect(server.isRunning)
      try writeWhileItIsDown(channel)
      try Files.write("\(channel.record).go", "")
      let answered = try client.end()
      #expect(answered.output == #"{"jsonrpc":"2.0","id":1,"result":"done"}"# + "\n", "\(answered)")
      #expect(try idle.end().output.isEmpty)
      #expect(try server.end() == 0, "\(server.log)")
      for name in ["mcp.sock", "control.sock", "relay.sock"] {
        #expect(try !Files.exists("\(channel.runtime)/\(name)"), "\(name) is still there")
      }
      #expect(try Files.status(channel.fifo)?.kind == .fifo)
      #expect(try Files.status(channel.runFile)?.kind == .regular)
      server = try channel.serve()
      for label in ["run-file", "fifo", "drop"] { try channel.waitUntilHandled(Self.waiting(label)) }
      try channel.waitForRelay()
      try channel.expectProven()
      #expect(try Files.lines(channel.record).count == 4)
    }
  }

  private static func waiting(_ label: String) -> String { #"{"method":"wait","params":{"label":"\#(label)"}}"# }

  private func writeWhileItIsDown(_ channel: Rehearsal) throws {
    for (label, script) in [
      ("run-file", #"( flock 9; echo "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#),
      ("fifo", #"echo "$1" > $DIR/mcp.fifo"#), ("drop", #"echo "$1" > $DROP"#),
    ] {
      let outcome = try channel.shell(script, Self.waiting(label))
      #expect(outcome.status == 0, "\(outcome)")
    }
  }

  @Test func theRelayEndsInOrderAndLeavesWhatItHolds() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (server, relay) = try channel.open("socket")
      try server.terminate()
      #expect(try server.end() == 0)
      let message = #"{"method":"wait"}"#
      try channel.shell(#"echo "$1" > $DROP"#, message)
      try eventually("the drop is claimed without a server") { try !Files.exists(channel.drop) }
      try relay.terminate()
      #expect(try relay.end() == 0, "\(relay.log)")
      try channel.open("socket")
      try channel.waitUntilHandled(message)
      try channel.expectBalanced()
    }
  }

  private static let hammer = """
    import collections, os, socket, sys, threading
    seen = collections.Counter()
    def run():
        while not os.path.exists(sys.argv[2]):
            s = socket.socket(socket.AF_UNIX)
            try: s.connect(sys.argv[1])
            except (FileNotFoundError, ConnectionRefusedError): continue
            s.sendall(b'{"method":"ping"}\\n')
            reply = s.makefile('rb').readline().decode().strip()
            seen[reply] += 1
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    for reply in sorted(seen): print(reply)
    """

  /// Whoever could connect is answered: by the handler, or in a drain by a refusal that says so.
  @Test func whoeverConnectedIsAnsweredWhenTheSocketCloses() throws {
    try Rehearsal.run { channel in
      let server = try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      let client = try RunningProgram(["python3", "-c", Self.hammer, channel.socket, "\(channel.root)/stop"])
      for phase in ["socket", "fifo", "socket", "fifo", "socket"] {
        let verb = phase == "fifo" ? "rollback" : "apply"
        let outcome = try channel.sluice(verb, "--to", phase, "--yes")
        #expect(outcome.status == 0, "\(outcome)")
      }
      try eventually("requests come in") { try channel.count("socket", "handled") > 100 }
      try server.terminate()
      #expect(try server.end() == 0)
      try Files.write("\(channel.root)/stop", "")
      let outcome = try client.end()
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
      let pong = #"{"result":"pong"}"#
      let stopping = #"{"error":"the server is stopping","retryAfterMs":1000}"#
      #expect(
        outcome.lines.contains(pong[...]) && Set(outcome.lines.map(String.init)).isSubset(of: [pong, stopping]),
        "\(outcome)")
      try channel.serve()
      try channel.waitForRelay()
      try channel.expectProven()
    }
  }

  @Test func aSecondSignalEndsAtOnce() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.slow))
      let (server, _) = try channel.open("socket")
      let client = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      client.write(#"{"jsonrpc":"2.0","id":1,"method":"slow"}"# + "\n")
      try eventually("the handler has it") {
        try client.pump()
        return try channel.status().number("inFlight") == 1
      }
      try server.terminate()
      try eventually("it drains") { try !Files.exists(channel.socket) }
      try server.terminate()
      _ = try server.end(seconds: 5)
      #expect(server.log.contains("a second signal"), "\(server.log)")
      try channel.serve("--phase", "socket")
      try channel.expectBalanced()
    }
  }
}
