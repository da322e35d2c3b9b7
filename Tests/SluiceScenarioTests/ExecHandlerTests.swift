import SluiceChannel
import SluiceSystem
import Testing

/// One process a message: what it gets, what its end becomes, and how many run at a time.
@Suite(.serialized, .printsLogs)
struct ExecHandlerTests {
  static let ping = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"# + "\n"

  @Test func asManyRunAsMayAndNoMore() throws {
    try Rehearsal.run { channel in
      let script = """
        echo "+ $$" >>"$1"; until [ -e "$1.go" ]; do sleep 0.01; done; echo "- $$" >>"$1"; echo '{"result":1}'
        """
      try channel.configure(try channel.scriptHandler(script, more: "concurrency: 3"))
      try channel.open("socket")
      let clients = try (0..<8).map { _ in
        try RunningProgram(["socat", "-t", "20", "-", "UNIX-CONNECT:\(channel.socket)"], input: Array(Self.ping.utf8))
      }
      try eventually("three run and eight are in flight") {
        for client in clients { try client.pump() }
        return try Files.lines(channel.record).count == 3 && channel.status().number("inFlight") == 8
      }
      try Files.write("\(channel.record).go", "")
      for client in clients {
        let outcome = try client.end()
        #expect(outcome.output == #"{"jsonrpc":"2.0","id":1,"result":1}"# + "\n", "\(outcome)")
      }
      var running = 0
      var most = 0
      for line in try Files.lines(channel.record) {
        running += line.hasPrefix("+") ? 1 : -1
        most = max(most, running)
      }
      #expect(most == 3 && running == 0)
    }
  }

  /// What a handler's end becomes: its script, more settings, and the code and sentence that the peer sees.
  struct End: Sendable, CustomTestStringConvertible {
    let script: String
    var settings = ""
    let code: Int64
    let message: String
    let reason: String
    var testDescription: String { "\(code) \(message)" }
  }

  @Test(arguments: [
    End(
      script: "exec sleep 600", settings: #"deadline: "300ms""#, code: 504,
      message: "the handler took too long", reason: "the handler took too long"),
    End(
      script: "exit 3", code: 502, message: "the handler ended without a reply", reason: "exit status 3"),
    End(
      script: "kill -9 $$", code: 502, message: "the handler ended without a reply", reason: "exit status 137"),
    End(script: "true", code: 502, message: "the handler ended without a reply", reason: "exit status 0"),
    End(
      script: "head -c 4000 /dev/zero | tr '\\0' x; sleep 600", settings: #"output: "2K""#, code: 413,
      message: "the handler's reply is too large", reason: "the handler's reply is too large"),
    End(
      script: "echo '{\"neither\":1}'", code: 502, message: "the handler gave no valid reply",
      reason: "its output is no object with result or error"),
    End(
      script: "echo '{\"result\":'", code: 502, message: "the handler gave no valid reply",
      reason: "its output is no object with result or error"),
    End(script: #"echo '{"error":"my own words"}'"#, code: 500, message: "my own words", reason: ""),
  ])
  func everyEndIsAnsweredAndRecorded(end: End) throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(end.script, more: end.settings))
      try channel.open("socket")
      let reply = try channel.socat(Self.ping)
      let answer = try JSONText.object(reply.output)
      #expect(answer.object("error")?.number("code") == end.code, "\(reply)")
      #expect(answer.object("error")?.text("message") == end.message)
      #expect(answer.number("id") == 1)
      let plain = try channel.socat(#"{"method":"ping"}"# + "\n")
      #expect(plain.output == #"{"error":"\#(end.message)"}"# + "\n", "\(plain)")
      try eventually("both failures are in the log, with their reason") { try Self.recorded(end, channel) == 2 }
      try channel.expectBalanced()
    }
  }

  @Test(
    "T29: a handler that hangs, forks, ignores TERM, or whose wrapper dies first is ended whole",
    arguments: [
      #"sleep 600 & echo $! >"$1"; echo $$ >>"$1"; sleep 600"#,
      #"trap '' TERM HUP INT; (trap '' TERM; exec sleep 600) & echo $! >"$1"; echo $$ >>"$1"; while :; do sleep 600; done"#,
      // The wrapper is gone at once, and what it started keeps the output open.
      #"sleep 600 & echo $! >"$1"; echo $$ >>"$1"; kill -9 $$"#, #"sleep 600 & echo $! >"$1"; echo $$ >>"$1"; exit 0"#,
      #"sleep 600 & echo $! >"$1"; echo $$ >>"$1"; kill -STOP $$"#,
    ])
  func theDeadlineEndsAllThatTheHandlerStarted(script: String) throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(script, more: #"deadline: "300ms""#))
      try channel.open("socket")
      let reply = try channel.socat(Self.ping)
      #expect(try JSONText.object(reply.output).object("error") != nil, "\(reply)")
      let pids = try Files.lines(channel.record)
      #expect(pids.count == 2)
      for pid in pids { try eventually("process \(pid) is gone") { try !Files.exists("/proc/\(pid)") } }
    }
  }

  private static func recorded(_ end: End, _ channel: Rehearsal) throws -> Int {
    var reasons: [String] = []
    for event in ["failed", "rejected"] { reasons += try channel.events(event).map { $0.text("reason") ?? "" } }
    return reasons.count { $0 == end.reason }
  }

  @Test func aMissingProgramIsAnsweredToo() throws {
    try Rehearsal.run(#"handler: { kind: "exec", command: ["/nowhere/handler"] },"#) { channel in
      let server = try channel.serve("--phase", "socket")
      let reply = try channel.socat(Self.ping)
      #expect(try JSONText.object(reply.output).object("error")?.number("code") == 502, "\(reply)")
      try eventually("the log says why: \(server.log)") {
        server.log.contains("/nowhere/handler: No such file or directory")
      }
    }
  }

  @Test func errorOutputGoesToTheLogAndNotToThePeer() throws {
    try Rehearsal.run { channel in
      let script = #"printf 'a secret \033[31mfact\n' >&2; echo '{"result":"fine"}'"#
      try channel.configure(try channel.scriptHandler(script))
      let server = try channel.serve("--phase", "socket")
      let reply = try channel.socat(Self.ping)
      #expect(reply.output == #"{"jsonrpc":"2.0","id":1,"result":"fine"}"# + "\n", "\(reply)")
      try eventually("the log has the line: \(server.log)") { server.log.contains("handler: a secret") }
      #expect(!server.log.contains("\u{1b}"))
    }
  }

  @Test func bytesAreForwardedAsTheyCame() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let message =
        "{ \"method\" :\t\"note\",\"params\":{\"n\":1.50e+1,\"s\":\"\\u00e9é\\/\"}}"
      for script in [
        #"printf '%s\n' "$1" | socat - UNIX-CONNECT:$DIR/mcp.sock"#, #"printf '%s\n' "$1" > $DIR/mcp.fifo"#,
        #"( flock 9; printf '%s\r\n' "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#, #"printf '%s' "$1" > $DROP"#,
      ] {
        try channel.shell(script, message)
        try channel.waitUntilHandled(message)
        try Files.remove(channel.record)
      }
    }
  }

  @Test func aHandlerSeesItsVariablesAndNothingElse() throws {
    try Rehearsal.run { channel in
      let script = """
        import json, os
        def is_open(number):
            try: os.fstat(number); return True
            except OSError: return False
        print(json.dumps({"result": {"environment": dict(os.environ), "descriptors": [n for n in range(1024) if is_open(n)]}}))
        """
      try Files.write("\(channel.root)/handler.py", script)
      try channel.configure(
        #"handler: { kind: "exec", command: ["/usr/bin/python3", "-I", "-S", "\#(channel.root)/handler.py"] },"#)
      try channel.open("socket")
      let reply = try JSONText.object(try channel.socat(#"{"method":"look"}"# + "\n").output)
      let result = try #require(reply.object("result"))
      #expect(result.numbers("descriptors") == [0, 1, 2])
      let environment = try #require(result.object("environment"))
      #expect(
        Set(environment.members.map(\.key)) == [
          "PATH", "LANG", "HOME", "PROTO", "SLUICE_CHANNEL", "SLUICE_ROUTE", "SLUICE_ATTESTATION", "SLUICE_PEER_UID",
          "SLUICE_PEER_GID", "UNIXREMOTEEUID", "UNIXREMOTEEGID", "UNIXREMOTEPID",
        ])
      #expect(environment.text("SLUICE_ROUTE") == "socket" && environment.text("SLUICE_ATTESTATION") == "kernel")
      #expect(environment.text("SLUICE_PEER_UID") == "\(Process.effectiveUser)")
      let dropped = try channel.sluice("send", "--request", "--transport", "file-drop", #"{"method":"look"}"#)
      let relayed = try #require(try JSONText.object(dropped.output).object("result")?.object("environment"))
      #expect(relayed.text("SLUICE_ROUTE") == "file-drop" && relayed.text("SLUICE_ATTESTATION") == "relayed")
      #expect(relayed.text("SLUICE_MESSAGE_ID")?.hasPrefix("c") == true && relayed["UNIXREMOTEPID"] == nil)
    }
  }

  @Test func aNotificationIsHandledAndNotAnswered() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let note = #"{"jsonrpc":"2.0","method":"notifications/x"}"#
      let outcome = try channel.socat(note + "\n" + Self.ping)
      #expect(outcome.output == #"{"jsonrpc":"2.0","id":1,"result":"pong"}"# + "\n", "\(outcome)")
      #expect(try Set(Files.lines(channel.record)) == [note, String(Self.ping.dropLast())])
      let alone = try channel.socat(note + "\n")
      #expect(alone.output.isEmpty && alone.status == 0, "\(alone)")
    }
  }

  @Test func plainRepliesKeepTheirOrderAndJSONRPCOnesNeedNot() throws {
    try Rehearsal.run { channel in
      let script = """
        read -r line
        case $line in *slow*) until [ -e "$1.go" ]; do sleep 0.01; done;; *fast*) : >"$1.fast";; esac
        case $line in *slow*) echo '{"result":"slow"}';; *) echo '{"result":"fast"}';; esac
        """
      try channel.configure(try channel.scriptHandler(script))
      try channel.open("socket")
      let rpc = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      rpc.write(
        #"{"jsonrpc":"2.0","id":"a","method":"slow"}"# + "\n" + #"{"jsonrpc":"2.0","id":"b","method":"fast"}"# + "\n")
      try rpc.until("the fast reply overtakes") { $0 == #"{"jsonrpc":"2.0","id":"b","result":"fast"}"# + "\n" }
      try Files.remove("\(channel.record).fast")
      let plain = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      plain.write("{\"method\":\"slow\"}\n{\"method\":\"fast\"}\n{\"type\":\"mcp_message\",\"content\":\"fast\"}\n")
      try eventually("the fast one was handled") {
        try plain.pump()
        return try Files.exists("\(channel.record).fast")
      }
      #expect(plain.output.isEmpty)
      try Files.write("\(channel.record).go", "")
      try plain.until("all replies in order") {
        $0 == "{\"result\":\"slow\"}\n{\"result\":\"fast\"}\n{\"result\":\"fast\"}\n"
      }
    }
  }

  @Test(arguments: [
    "1", "-1", "0", "9007199254740993", "9223372036854775807", "18446744073709551615", #""text""#, #""1""#,
    #""é\u00e9\"\\""#, #""""#,
  ])
  func idsComeBackAsTheyWere(id: String) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let reply = try channel.socat(#"{"jsonrpc":"2.0","id":\#(id),"method":"ping"}"# + "\n")
      let check = """
        import json, sys
        reply = json.loads(sys.argv[1]); assert reply["id"] == json.loads(sys.argv[2]), reply
        assert type(reply["id"]) is type(json.loads(sys.argv[2])) and reply["result"] == "pong"
        """
      let outcome = try RunningProgram(["python3", "-c", check, reply.output, id]).end()
      #expect(outcome.status == 0, "\(outcome)")
    }
  }
}
