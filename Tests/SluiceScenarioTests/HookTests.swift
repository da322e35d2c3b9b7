import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// Hooks over HTTP, sent with curl.
@Suite(.serialized, .printsLogs)
struct HookTests {
  /// Writes the facts and the body down; waits for a file where the body says so.
  private static let recorder = """
    body=$(cat); printf '%s|%s|%s|%s|%s\\n' "$SLUICE_HOOK_EVENT" "$SLUICE_PEER_UID" "$SLUICE_ROUTE" "$SLUICE_ATTESTATION" \
      "$body" >>"$1"
    case $body in *slow*) until [ -e "$1.go" ]; do sleep 0.01; done;; esac
    """

  @Test func aHookReachesTheHandlerWithTheKernelsFacts() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.recorder) + Rehearsal.http)
      try channel.open("socket")
      let forged =
        #"{"uid":4242,"event":"Forged","hook_event_name":"Forged","SLUICE_HOOK_EVENT":"Forged","method":"forged","pid":1}"#
      let outcome = try channel.startCurl("/hook?event=PreToolUse", body: forged).end()
      #expect(outcome.output == "\n200", "\(outcome)")
      let uid = Process.effectiveUser
      #expect(try Files.lines(channel.record) == ["PreToolUse|\(uid)|socket|kernel|\(forged)"])
      try eventually("it is recorded once") { try channel.events("handled").count == 1 }
      let record = try #require(try channel.events("handled").first)
      #expect(record.text("method") == "hook/PreToolUse" && record.text("dialect") == "hook")
      #expect(record.number("uid") == Int64(uid) && record.number("bytes") == Int64(forged.utf8.count))
      try channel.expectBalanced()
    }
  }

  @Test func severalLinesAndChunksAreOneHook() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.recorder) + Rehearsal.http)
      try channel.open("socket")
      let body = "{\n  \"a\": [1,\n 2]\n}"
      let outcome = try channel.startCurl(
        "/hook?event=Stop", body: body, "-H", "Transfer-Encoding: chunked", "-H", "Content-Type: application/json"
      ).end()
      #expect(outcome.output == "\n200", "\(outcome)")
      #expect(try Files.text(channel.record).hasSuffix("|\(body)\n"))
    }
  }

  @Test func jsonAndHTTPShareTheSocket() throws {
    try Rehearsal.run(Rehearsal.http) { channel in
      try channel.open("socket")
      for _ in 0..<3 {
        #expect(try channel.hook("Stop") == "200")
        #expect(try channel.socat(ExecHandlerTests.ping).output == #"{"jsonrpc":"2.0","id":1,"result":{}}"# + "\n")
        #expect(try channel.socat(" \n" + ExecHandlerTests.ping).output.contains(#""result":{}"#))
      }
      let health = try channel.startCurl("/health").end()
      #expect(health.lines.first?.contains(#""channel":"parrot-mcp""#) == true, "\(health)")
      #expect(health.lines.last == "200")
      #expect(try channel.startCurl("/health", "--head").end().lines.last == "200")
      let metrics = try channel.startCurl("/metrics").end()
      #expect(metrics.lines.contains(#"sluice_messages_total{route="socket",outcome="handled"} 9"#), "\(metrics)")
      try eventually("questions are no messages") { try channel.count("socket", "handled") == 9 }
      try channel.expectBalanced()
    }
  }

  @Test func withoutTheSettingNothingIsLoadedAndHTTPIsJunk() throws {
    try Rehearsal.run { channel in
      let (server, _) = try channel.open("socket")
      let answers = try channel.raw(["GET /health HTTP/1.1\r\n\r\n"])
      #expect(answers.statuses.isEmpty && answers.text.contains("-32700"), "\(answers)")
      let maps = try Files.text("/proc/\(server.pid)/maps")
      #expect(!maps.contains("microhttpd") && !maps.contains("gnutls"))
    }
  }

  @Test(
    "what the handler does becomes the status",
    arguments: [
      ("true", "", "200"), (#"echo '{"result":1}'"#, "", "200"), (#"echo '{"error":"no"}'"#, "", "500"),
      ("exit 3", "", "502"), ("exec sleep 600", #"deadline: "300ms""#, "504"),
      ("head -c 4000 /dev/zero; sleep 600", #"output: "2K""#, "413"),
    ])
  func handlerEnds(script: String, more: String, status: String) throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(script, more: more) + Rehearsal.http)
      try channel.open("socket")
      #expect(try channel.hook("Stop") == status)
      try eventually("it is recorded once") { try channel.count("socket", "accepted") == 1 }
      try channel.expectBalanced()
    }
  }

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func policyRulesHooksByEventAndUser() throws {
    let rules = """
      { name: "pre", effect: "allow", users: ["\(SecondUser.id)"], methods: ["hook/Pre*"] },
      { name: "own", effect: "allow", users: ["0"] }
      """
    let settings = #"socket: { mode: "0666", allowAnyone: true, http: true }, policy: { rules: [\#(rules)] },"#
    try Rehearsal.run(settings, isOpen: true) { channel in
      try channel.open("socket")
      try channel.shell("chmod 0711 $DIR")
      let other = SecondUser.prefix
      #expect(try channel.hook("PreToolUse", user: other) == "200")
      #expect(try channel.hook("PostToolUse", user: other) == "403")
      #expect(
        try channel.hook("PostToolUse", #"{"event":"PreToolUse","method":"hook/PreToolUse"}"#, user: other) == "403")
      #expect(try channel.hook("PostToolUse") == "200")
      #expect(try channel.startCurl("/health", user: other).end().lines.last == "200")
      #expect(try channel.startCurl("/metrics", user: other).end().lines.last == "403")
      // Whoever may call nothing reads no health either.
      let stranger = Users.strangerPrefix(1003)
      #expect(try channel.hook("PreToolUse", user: stranger) == "403")
      #expect(try channel.startCurl("/health", user: stranger).end().lines.last == "403")
      try eventually("each refusal is recorded once") { try channel.count("socket", "rejected") == 5 }
      for record in try channel.events("rejected") where record.number("uid") == Int64(SecondUser.id) {
        #expect(["hook/PostToolUse", "metrics"].contains(record.text("method") ?? ""))
      }
      try channel.expectBalanced()
    }
  }

  /// What is sent before the program was looked up does not count as its own: curl sends it again when it is told to.
  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func aRuleAboutProgramsHoldsForHooks() throws {
    let curl = "/usr/bin/curl"
    let rule =
      #"{ name: "curl", effect: "allow", executables: [{ path: "\#(curl)", sha256: "\#(try AttestedPeer.digest(curl))" }] }"#
    let settings = #"socket: { mode: "0666", allowAnyone: true, http: true }, policy: { rules: [\#(rule)] },"#
    try Rehearsal.run(settings, isOpen: true) { channel in
      try channel.open("socket")
      try channel.shell("chmod 0711 $DIR")
      let sent = try channel.startCurl("/hook?event=Stop", body: "{}", user: SecondUser.prefix, "--retry", "5").end()
      #expect(sent.lines.last == "200", "\(sent)")
      let request = "POST /hook?event=Stop HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
      let other = try channel.raw([request, request], pause: 1.5)
      #expect(other.statuses.hasSuffix(" 403"), "\(other)")
      try eventually("both are recorded") {
        try channel.count("socket", "handled") == 1 && channel.events("rejected").contains { $0.number("code") == 403 }
      }
      #expect(try channel.events("handled").first?.text("program") == curl)
    }
  }

  @Test func theRateIsAnsweredWithRetryAfter() throws {
    try Rehearsal.run(Rehearsal.http + #"limits: { rate: "2/10s" },"#) { channel in
      try channel.open("socket")
      #expect(try channel.hook("Stop") == "200")
      #expect(try channel.hook("Stop") == "200")
      let refused = try channel.startCurl("/hook?event=Stop", body: "{}", "-D", "/dev/stderr").end()
      #expect(refused.lines.last == "429", "\(refused)")
      let wait = refused.errors.split(separator: "\r\n").first { $0.lowercased().hasPrefix("retry-after: ") }
      let seconds = try #require(wait.flatMap { Int($0.dropFirst("retry-after: ".count)) }, "\(refused)")
      #expect((1...10).contains(seconds))
    }
  }

  // MARK: Ends

  @Test func aHookInFlightIsAnsweredBeforeTheEnd() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.recorder) + Rehearsal.http)
      let server = try channel.serve("--phase", "socket")
      let slow = try channel.startCurl("/hook?event=Stop", body: #"{"slow":1}"#)
      try eventually("the handler has it") {
        try slow.pump()
        return try channel.status().number("inFlight") == 1
      }
      try server.terminate()
      try eventually("nobody new is let in") { try !Files.exists(channel.socket) }
      try Files.write("\(channel.record).go", "")
      let outcome = try slow.end()
      #expect(outcome.output == "\n200", "\(outcome)")
      #expect(try server.end() == 0, "\(server.log)")
      #expect(try channel.events("handled").count == 1)
    }
  }

  @Test func aHandoverWaitsForHooksAndEndsIdleConnections() throws {
    try Rehearsal.run { channel in
      try channel.configure(try channel.scriptHandler(Self.recorder) + Rehearsal.http)
      let server = try channel.serve("--phase", "socket")
      // Keeps its connection open after one request, until that is closed.
      let idle = try RunningProgram(
        [
          "python3", "-uc",
          """
          import socket, sys
          s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])
          s.sendall(b'GET /health HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); print(s.recv(9999)[:12].decode()); print(s.recv(9999))
          """, channel.socket,
        ])
      try idle.until("an answer") { $0.hasPrefix("HTTP/1.1 200\n") }
      let slow = try channel.startCurl("/hook?event=Stop", body: #"{"slow":1}"#)
      try eventually("the handler has it") {
        try slow.pump()
        return try channel.status().number("inFlight") == 1
      }
      let next = try channel.launch("next", ["serve", "--takeover"])
      #expect(try idle.end().output == "HTTP/1.1 200\nb''\n")
      #expect(server.isRunning)
      try Files.write("\(channel.record).go", "")
      try next.waitUntilReady()
      #expect(try server.end() == 0, "\(server.log)")
      let outcome = try slow.end()
      #expect(outcome.output == "\n200", "\(outcome)")
      #expect(try channel.hook("After") == "200")
      #expect(try Files.lines(channel.record).map { $0.prefix(5) } == ["Stop|", "After"])
      try eventually("both are recorded") { try channel.events("handled").count == 2 }
      try channel.expectBalanced()
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, to hide the library"))
  func aMissingLibraryIsNamedWithWhatToDo() throws {
    try Rehearsal.run(Rehearsal.http) { channel in
      let hidden = """
        for f in /usr/lib/*/libmicrohttpd.so.12 /lib/*/libmicrohttpd.so.12; do mount --bind /dev/null "$f" || exit 99; done
        exec "$@"
        """
      let words =
        ["unshare", "--mount", "/bin/sh", "-c", hidden, "sh"] + channel.words(["serve", "--phase", "socket"])
      let outcome = try RunningProgram(words, variables: channel.variables).end()
      guard outcome.status != 99 && !outcome.errors.contains("unshare") else { return }
      #expect(outcome.status == 1, "\(outcome)")
      #expect(outcome.errors.contains("apt-get install libmicrohttpd12") && outcome.errors.contains("http: false"))
    }
  }
}
