import SluiceSystem
import Testing

/// The clients of the IPC security guide, unchanged but for the directory's name, in every phase.
@Suite(.serialized, .printsLogs)
struct GuideClientTests {
  static let python = """
    import socket, json, sys
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(sys.argv[1])
        sock.sendall(json.dumps({'method': 'ping', 'params': {'from': sys.argv[2]}}).encode('utf-8'))
        print(json.dumps(json.loads(sock.recv(4096).decode('utf-8'))))
    finally:
        sock.close()
    """

  @Test func everyPhaseServesTheGuidesClients() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      for phase in ["run-file", "fifo", "socket"] {
        try channel.apply(phase)
        try exercise(channel, phase, "up")
      }
      try channel.rollback("fifo")
      try exercise(channel, "fifo", "back")
      try channel.rollback("run-file")
      try exercise(channel, "run-file", "back")
      try channel.rollback("file-drop")
      try leaveAlone(channel)
      // What waited at the old path, and in the run file, is taken by the next phase.
      try channel.shell(#"( flock -x 200; echo '{"method":"late"}' > $DIR/mcp_in.json ) 200>$DIR/mcp.lock"#)
      try channel.apply("run-file")
      try channel.waitUntilHandled(#"{"method":"late"}"#)
      try channel.waitUntilHandled(#"{"method":"old"}"#)
      try exercise(channel, "run-file", "again")
      #expect(Set(try Files.lines(channel.record)).count == (try Files.lines(channel.record)).count)
    }
  }

  private func exercise(_ channel: Rehearsal, _ phase: String, _ turn: String) throws {
    try drop(channel, phase, turn)
    try lockedWriters(channel, phase, turn)
    if phase != "run-file" { try fifoWriter(channel, phase, turn) }
    if phase == "socket" { try socketClients(channel) }
    try channel.expectProven()
  }

  private func send(_ channel: Rehearsal, _ label: String, _ script: String, shell: String = "/bin/bash") throws {
    let message = #"{"method":"note","params":{"label":"\#(label)"}}"#
    let outcome = try channel.shell(script, message, shell: shell)
    #expect(outcome.status == 0, "\(outcome)")
    try channel.waitUntilHandled(message)
  }

  private func drop(_ channel: Rehearsal, _ phase: String, _ turn: String) throws {
    let before = try channel.events("handled").filter { $0.text("route") == "file-drop" }.count
    try send(channel, "\(phase)-\(turn)-drop", #"echo "$1" > $DROP"#, shell: "/bin/dash")
    try send(channel, "\(phase)-\(turn)-moved", #"echo "$1" > $DROP.new; mv $DROP.new $DROP"#)
    try eventually("two drops in the audit log") {
      try channel.events("handled").filter { $0.text("route") == "file-drop" }.count == before + 2
    }
    let record = try #require(try channel.events("handled").last { $0.text("route") == "file-drop" })
    #expect(record.number("uid") == Int64(Process.effectiveUser))
    #expect(record.text("attestation") == "relayed")
  }

  private func lockedWriters(_ channel: Rehearsal, _ phase: String, _ turn: String) throws {
    let truncating = #"( flock -x 200; echo "$1" > $DIR/mcp_in.json ) 200>$DIR/mcp.lock"#
    let appending = #"( flock -x 200; echo "$1" >> $DIR/mcp_in.json ) 200>$DIR/mcp.lock"#
    try send(channel, "\(phase)-\(turn)-truncating", truncating)
    try send(channel, "\(phase)-\(turn)-appending", appending)
    try send(
      channel, "\(phase)-\(turn)-dash", #"( flock -x 9; echo "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#,
      shell: "/bin/dash")
  }

  private func fifoWriter(_ channel: Rehearsal, _ phase: String, _ turn: String) throws {
    let script = """
      send_message() {
        local message="$1"
        if [ ! -p "$DIR/mcp.fifo" ]; then echo "ERROR: MCP Server not running (FIFO not found)" >&2; return 1; fi
        echo "$message" > "$DIR/mcp.fifo"
      }
      send_message "$1"
      """
    try send(channel, "\(phase)-\(turn)-fifo", script)
    try send(channel, "\(phase)-\(turn)-fifo-dash", #"echo "$1" > $DIR/mcp.fifo"#, shell: "/bin/dash")
    try send(channel, "\(phase)-\(turn)-fifo-bare", #"printf %s "$1" > $DIR/mcp.fifo"#)
  }

  private func socketClients(_ channel: Rehearsal) throws {
    let reply = try channel.shell(#"echo '{"method":"ping"}' | socat - UNIX-CONNECT:"$DIR/mcp.sock""#)
    #expect(reply.output == "{\"result\":\"pong\"}\n", "\(reply)")
    let answer = try RunningProgram(["python3", "-c", Self.python, channel.socket, "python"]).end()
    #expect(answer.output == "{\"result\": \"pong\"}\n", "\(answer)")
  }

  /// In phase 0 the old server reads the drops: nothing of ours may touch them.
  private func leaveAlone(_ channel: Rehearsal) throws {
    try channel.shell(#"echo '{"method":"old"}' > $DROP"#)
    let handled = try Files.text(channel.record)
    // Two sweeps of the relay pass before its next report; a round trip through it is not to be had while it holds.
    let deadline = Clock.monotonic + 1_500_000_000
    try eventually("time for a sweep of the relay") { Clock.monotonic >= deadline }
    #expect(try Files.text(channel.drop) == "{\"method\":\"old\"}\n")
    #expect(try Files.text(channel.record) == handled)
    #expect(try !Files.exists(channel.socket))
    #expect(try !Files.exists(channel.fifo))
  }

  @Test func builtinHandlerAnswersAsTheOldServersDid() throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      try socketClients(channel)
    }
  }
}
