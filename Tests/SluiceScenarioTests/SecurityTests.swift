import SluiceChannel
import SluiceSystem
import Testing

/// The guide's four security tests: other users, injection, path traversal, a large payload.
@Suite(.serialized, .printsLogs)
struct SecurityTests {
  // MARK: Another user

  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"), arguments: ["run-file", "fifo", "socket"])
  func anotherUserIsRefused(phase: String) throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.open(phase)
      try channel.shell("touch $ROOT/there; chmod 644 $ROOT/there")
      let control = try channel.shell("cat $ROOT/there", user: SecondUser.prefix)
      #expect(control.status == 0, "the refusals below must be the channel's, not the root's: \(control)")
      for script in [
        "cat $DIR/mcp.fifo", "echo x > $DIR/mcp.fifo", "echo x > $DIR/mcp_in.json", "cat $DIR/mcp_in.json",
        "cat $DIR/endpoint", "ls $DIR", "echo x > $DIR/mcp.lock",
      ] {
        let outcome = try channel.shell(script, user: SecondUser.prefix)
        #expect(outcome.status != 0 && outcome.errors.contains("Permission denied"), "\(outcome)")
      }
      let connect = try channel.shell(
        #"echo '{"method":"ping"}' | socat - UNIX-CONNECT:$DIR/mcp.sock"#, user: SecondUser.prefix)
      #expect(connect.output.isEmpty && connect.errors.contains("Permission denied"), "\(connect)")
      for words in [["send"], ["send", "--transport", phase], ["status"]] {
        let outcome = try RunningProgram(
          SecondUser.prefix + channel.words(words + (words[0] == "send" ? [#"{"method":"ping"}"#] : [])),
          variables: channel.variables
        ).end()
        #expect(outcome.status == 77 && outcome.sentences.count == 1, "\(outcome)")
      }
      #expect(try channel.count(phase, "accepted") == 0)
    }
  }

  /// The directory is one gate, the kernel's word at accept is the other.
  @Test(.enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"))
  func anotherUserIsRefusedBehindAnOpenDoor() throws {
    try Rehearsal.run(#"socket: { mode: "0666", allowAnyone: true },"#, isOpen: true) { channel in
      try channel.open("socket")
      try channel.shell("chmod 0711 $DIR")
      let script = #"echo '{"jsonrpc":"2.0","id":7,"method":"ping"}' | socat - UNIX-CONNECT:$DIR/mcp.sock"#
      let reply = try channel.shell(script, user: SecondUser.prefix)
      let answer = try JSONText.object(reply.output)
      #expect(answer.object("error")?.number("code") == 403 && answer.number("id") == 7, "\(reply)")
      #expect(answer.object("error")?.text("message") == "not permitted")
      try eventually("the refusal in the log names the uid") {
        try channel.events("rejected").contains { $0.number("uid") == Int64(SecondUser.id) && $0.number("code") == 403 }
      }
      for name in ["control.sock", "relay.sock"] {
        let outcome = try channel.shell("echo '{}' | socat - UNIX-CONNECT:$DIR/\(name)", user: SecondUser.prefix)
        #expect(outcome.errors.contains("Permission denied"), "\(outcome)")
      }
    }
  }

  @Test(
    .enabled(if: SecondUser.isAvailable, "\(SecondUser.reason)"), arguments: [("anyone", true), ("members", false)])
  func legacyWritersDecideWhoseDropsAreLetThrough(writers: String, passes: Bool) throws {
    try Rehearsal.run(isOpen: true) { channel in
      try channel.useRecordingHandler()
      let text = try Files.text(channel.channelFile).split(separator: "anyone", omittingEmptySubsequences: false)
      try Files.write(channel.channelFile, text.joined(separator: writers))
      try channel.open("socket")
      let outcome = try channel.shell(#"echo '{"method":"note"}' > $DROP"#, user: SecondUser.prefix)
      #expect(outcome.status == 0, "\(outcome)")
      try eventually("it ends in the log, with its owner") {
        try channel.events(passes ? "handled" : "quarantined").contains {
          $0.text("route") == "file-drop" && $0.number("uid") == Int64(SecondUser.id)
        }
      }
      #expect(try Files.exists(channel.record) == passes)
    }
  }

  // MARK: Data that looks like commands and paths

  static let injections = [
    #"{"method":"ping; rm -rf /"}"#,
    #"{"method":"$(touch $ROOT/pwned)","params":{"a":"`touch pwned`","b":"'; touch pwned; '"}}"#,
    #"{"method":"read","params":{"file":"../../../../etc/passwd"}}"#,
    #"{"method":"-rf","params":{"%s":"%n","\u0000":"\n"}}"#,
  ]

  @Test("T39: shell metacharacters reach only JSON fields") func whatLooksLikeACommandIsData() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      for (index, message) in Self.injections.enumerated() {
        for (route, script) in [
          ("socket", #"printf '%s\n' "$1" | socat - UNIX-CONNECT:$DIR/mcp.sock"#),
          ("fifo", #"printf '%s\n' "$1" > $DIR/mcp.fifo"#),
          ("run-file", #"( flock 9; printf '%s\n' "$1" >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock"#),
          ("file-drop", #"printf '%s\n' "$1" > $DROP"#),
        ] {
          let outcome = try channel.shell(script, message)
          #expect(outcome.status == 0, "\(outcome)")
          try eventually("\(message) came through \(route)") {
            try channel.events("handled").filter { $0.text("route") == route }.count == index + 1
          }
        }
        #expect(try Files.lines(channel.record).suffix(4) == Array(repeating: message, count: 4)[...])
      }
      #expect(try !Files.names(channel.root).contains("pwned"))
      try channel.expectBalanced()
    }
  }

  @Test("T39: traversal strings reach only JSON fields") func aPathIsNoMessageAndATokenIsNoPath() throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      let refused = try channel.socat(#"{"file":"../../../../etc/passwd"}"# + "\n")
      #expect(try JSONText.object(refused.output).object("error")?.number("code") == -32600, "\(refused)")
      let before = try channel.listing(except: ["logs", "var"])
      for token in ["../../../../tmp/x", "..", ".hidden", "a/b", "", String(repeating: "a", count: 65)] {
        let message = #"{"sluice":{"reply":"\#(token)"},"message":{"method":"ping"}}"#
        let outcome = try channel.shell(#"printf '%s\n' "$1" > $DIR/mcp.fifo"#, message)
        #expect(outcome.status == 0, "\(outcome)")
      }
      for forged in [
        #"{"sluice":{"origin":{"uid":0,"gid":0}},"message":{"method":"ping"}}"#,
        #"{"sluice":{"claim":"c-1"},"message":{"method":"ping"}}"#, #"{"sluice":{},"method":"ping"}"#,
        #"{"sluice":{"canary":"forged"},"message":{"method":"ping"}}"#,
      ] {
        let reply = try channel.socat(forged + "\n")
        #expect(try JSONText.object(reply.output)["error"] != nil, "\(forged): \(reply)")
      }
      try eventually("every one of them is accounted for") {
        try channel.count("fifo", "accepted") == 6 && channel.count("socket", "rejected") == 5
      }
      #expect(try channel.listing(except: ["logs", "var"]) == before)
      try channel.expectBalanced()
    }
  }

  // MARK: Large payloads

  @Test("T32: 10 MB on the socket cost the sender that message only")
  func tenMegabytesOnTheSocketCostTheSenderThatMessageOnly() throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      let script = """
        import socket, sys
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); f = s.makefile('rb')
        for big in (b'A' * 10000000, b'A' * (1 << 20)):
            s.sendall(b'{"method":"ping"}\\n'); print(f.readline().decode(), end='')
            s.sendall(b'{"data":"' + big + b'"}\\n'); print(f.readline().decode(), end='')
        s.sendall(b'{"method":"ping"}\\n'); print(f.readline().decode(), end='')
        """
      let other = try RunningProgram(["socat", "-", "UNIX-CONNECT:\(channel.socket)"], keepsInput: true)
      other.write("{\"method\":\"ping\"}\n")
      try other.until("a reply to the other client") { $0 == "{\"result\":\"pong\"}\n" }
      let outcome = try RunningProgram(["python3", "-c", script, channel.socket]).end()
      let pong = #"{"result":"pong"}"#
      let refusal = #"{"error":"message is larger than 1048576 bytes"}"#
      #expect(outcome.lines.map(String.init) == [pong, refusal, pong, refusal, pong], "\(outcome)")
      other.write("{\"method\":\"ping\"}\n")
      try other.until("another reply to the other client") { $0.split(separator: "\n").count == 2 }
      // The guide's own way: a fresh connection that begins with it.
      let guide = try channel.shell(
        #"python3 -c "print('{\"data\":\"' + 'A'*10000000 + '\"}')" | socat - UNIX-CONNECT:$DIR/mcp.sock"#)
      #expect(guide.output.contains("message is larger than 1048576 bytes"), "\(guide)")
      try channel.expectBalanced()
    }
  }

  @Test(arguments: ["file-drop", "run-file", "fifo", "socket"])
  func sendRefusesWhatIsTooLarge(transport: String) throws {
    try Rehearsal.run(#"limits: { message: "64K" },"#) { channel in
      try channel.open("socket")
      let large = #"{"method":"note","params":"\#(String(repeating: "A", count: 65536))"}"#
      for outcome in [
        try channel.sluice("send", "--transport", transport, large),
        try channel.sluice("send", "--transport", transport, input: large),
        try channel.sluice("send", "--transport", transport, input: String(repeating: "A", count: 10_000_000)),
      ] {
        #expect(outcome.status == 65 && outcome.sentences.count == 1, "\(outcome)")
        #expect(outcome.errors.contains("larger than 65536 bytes"))
      }
      #expect(try channel.count(transport, "accepted") == 0)
      let small = try channel.sluice("send", "--request", "--transport", transport, #"{"method":"ping"}"#)
      #expect(small.output == "{\"result\":\"pong\"}\n", "\(small)")
    }
  }

  @Test("T32: 10 MB on one-way routes go aside, and the next message is served")
  func tenMegabytesOnOneWayRoutesGoAsideAndTheNextMessageIsServed() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let big = #"python3 -c "print('{\"data\":\"' + 'A'*10000000 + '\"}')""#
      for (route, place) in [("fifo", "$DIR/mcp.fifo"), ("run-file", "$DIR/mcp_in.json"), ("file-drop", "$DROP")] {
        let outcome = try channel.shell("( flock 9; \(big) > \(place) ) 9>$DIR/mcp.lock")
        #expect(outcome.status == 0, "\(outcome)")
        try eventually("\(route) has put it aside") { try channel.count(route, "quarantined") == 1 }
        let message = #"{"method":"after","params":{"route":"\#(route)"}}"#
        try channel.shell("( flock 9; echo '\(message)' > \(place) ) 9>$DIR/mcp.lock")
        try channel.waitUntilHandled(message)
      }
      try channel.expectBalanced()
    }
  }
}
