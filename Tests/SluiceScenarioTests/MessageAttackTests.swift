import SluiceChannel
import SluiceSystem
import Testing

/// Messages that a hostile or broken client sends over the socket: what is wrong costs its sender that message and
/// nothing else, is answered, and is in the log once.
@Suite(.serialized, .printsLogs)
struct MessageAttackTests {
  private static let limit = 65536
  private static let pong = #"{"jsonrpc":"2.0","id":7,"result":{}}"#

  /// A client of one connection: each argument, hexadecimal, is sent as it is, a ping behind it; prints what comes back
  /// until the ping's reply, a line each.
  private static let client = #"""
    import socket, sys, time
    s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1]); f = s.makefile('rb')
    for part in sys.argv[3:]:
        bytes_ = bytes.fromhex(part)
        if sys.argv[2] == 'bytes':
            for byte in bytes_:
                s.send(bytes([byte])); time.sleep(0.0005)
        else:
            s.sendall(bytes_)
        s.sendall(b'{"jsonrpc":"2.0","id":7,"method":"ping"}\n')
        while True:
            line = f.readline().decode().rstrip('\n'); print(line)
            if line == '' or '"id":7' in line: break
    """#

  /// Sends each, and gives for each what was answered to it.
  private func answers(
    _ messages: [[UInt8]], _ channel: Rehearsal, _ location: SourceLocation = #_sourceLocation
  ) throws -> [[String]] {
    let words = ["python3", "-c", Self.client, channel.socket, "whole"]
    let outcome = try RunningProgram(words + messages.map(Hexadecimal.text)).end()
    var answers: [[String]] = [[]]
    for line in outcome.lines.map(String.init) {
      if line == Self.pong { answers.append([]) } else { answers[answers.count - 1].append(line) }
    }
    // One ping each was answered: the connection lived through all of them.
    #expect(answers.count == messages.count + 1 && answers.last == [], "\(outcome)", sourceLocation: location)
    return answers.dropLast()
  }

  private static func code(_ answer: [String]) throws -> Int64? {
    guard answer.count == 1 else { return nil }
    return try JSONText.object(answer[0]).object("error")?.number("code")
  }

  /// A request of so many bytes.
  private static func request(_ count: Int) -> String {
    let (head, tail) = (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"p":""#, #""}}"#)
    return head + String(repeating: "A", count: count - head.utf8.count - tail.utf8.count) + tail
  }

  // MARK: Sizes

  @Test("T32: sizes around the limit") func t32SizesAroundTheLimit() throws {
    try Rehearsal.run(#"limits: { message: "64K" },"#) { channel in
      try channel.open("socket")
      let script = """
        import socket, sys
        s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1]); f = s.makefile('rb')
        frame = b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"p":""}}'
        for size in (0, 65535, 65536, 65537, 1000000):
            if size: s.sendall(frame[:-3] + b'A' * (size - len(frame)) + frame[-3:])
            s.sendall(b'\\n{"jsonrpc":"2.0","id":7,"method":"ping"}\\n')
            while True:
                line = f.readline().decode(); print(size, line, end='')
                if line == '' or '"id":7' in line: break
        # So much without a newline is no client of ours: refused once, then the conversation ends.
        try: s.sendall(frame[:-3] + b'A' * 10000000)
        except (BrokenPipeError, ConnectionResetError): pass
        print(10000000, f.readline().decode(), end='')
        try: print('then', f.read())
        except ConnectionResetError: print('then', b'')
        """
      let outcome = try RunningProgram(["python3", "-c", script, channel.socket]).end()
      let lines = outcome.lines.map(String.init)
      let done = #"{"jsonrpc":"2.0","id":1,"result":{}}"#
      #expect(lines.count == 11, "\(outcome)")
      for expected in [
        "0 \(Self.pong)", "65535 \(done)", "65535 \(Self.pong)", "65536 \(done)", "65536 \(Self.pong)",
        "65537 \(Self.pong)", "1000000 \(Self.pong)", "then b''",
      ] { #expect(lines.contains(expected), "\(expected) in \(outcome)") }
      for size in ["65537 ", "1000000 ", "10000000 "] {
        let refusal = try #require(lines.first { $0.hasPrefix(size) })
        #expect(try Self.code([String(refusal.dropFirst(size.count))]) == 413, "\(outcome)")
      }
      try eventually("an empty line is no message, and the rest is counted") {
        try channel.count("socket", "handled") == 7 && channel.count("socket", "rejected") == 3
      }
      try channel.expectBalanced()
    }
  }

  @Test("T32: sizes around the limit on one-way routes", arguments: ["file-drop", "run-file", "fifo"])
  func t32SizesOnOneWayRoutes(route: String) throws {
    try Rehearsal.run(#"limits: { message: "64K" },"#) { channel in
      try channel.open("socket")
      let place = ["file-drop": "$DROP", "run-file": "$DIR/mcp_in.json", "fifo": "$DIR/mcp.fifo"][route] ?? ""
      var handled: Int64 = 0
      var quarantined: Int64 = 0
      for size in [Self.limit - 1, Self.limit, Self.limit + 1, 10_000_000] {
        let outcome =
          if route == "fifo", size <= Self.limit {
            // Our own client, since a line of such a length is believed only with its digest.
            try channel.sluice("send", "--transport", "fifo", input: Self.request(size))
          } else {
            try RunningProgram(
              ["/bin/bash", "-c", "( flock 9; cat >> \(place) ) 9>>$DIR/mcp.lock"],
              input: Array((Self.request(size) + "\n").utf8), variables: channel.clientVariables
            ).end()
          }
        #expect(outcome.status == 0, "\(outcome)")
        if size <= Self.limit { handled += 1 } else { quarantined += 1 }
        try eventually("\(size) bytes have their end") {
          try channel.count(route, "handled") == handled && channel.count(route, "quarantined") == quarantined
        }
      }
      try channel.expectBalanced()
    }
  }

  // MARK: Bytes

  @Test("T33: UTF-8 split over reads arrives as it was sent") func t33SplitText() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let message = #"{"jsonrpc":"2.0","id":1,"method":"note","params":{"t":"é€😀\u0000 ünï"}}"#
      let client = try RunningProgram([
        "python3", "-c", Self.client, channel.socket, "bytes", Hexadecimal.text(Array((message + "\n").utf8)),
      ]).end()
      #expect(client.output.contains(#""id":7,"result":"pong""#), "\(client)")
      try channel.waitUntilHandled(message)
    }
  }

  @Test(
    "T33: what is not UTF-8 is refused, and a NUL is no end",
    arguments: [
      [0xc0, 0xaf], [0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82], [0xff, 0xfe], [0x00],
    ] as [[UInt8]])
  func t33NotText(bytes: [UInt8]) throws {
    try Rehearsal.run { channel in
      try channel.open("socket")
      let (head, tail) = (Array(#"{"jsonrpc":"2.0","id":1,"method":"a"#.utf8), Array("\"}\n".utf8))
      let places = [head + bytes + tail, bytes + head + tail, head + tail.dropLast() + bytes + [10]]
      let answers = try answers(places, channel)
      for answer in answers { #expect(try Self.code(answer) == -32700, "\(answer)") }
      try eventually("each is in the log once") { try channel.count("socket", "rejected") == 3 }
      try channel.expectBalanced()
    }
  }

  @Test("T33: line ends and controls in fields forge no line of a log") func t33ForgedLogLines() throws {
    try Rehearsal.run { channel in
      let (server, _) = try channel.open("socket")
      let forged = #"\r\n{\"seq\":1,\"event\":\"handled\",\"uid\":4242}\n\u001b[2J\u0000"#
      _ = try answers(
        [
          #"{"jsonrpc":"2.0","id":1,"method":"\#(forged)"}"#, #"{"jsonrpc":"2.0","id":"\#(forged)","method":"ping"}"#,
          #"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"\#(forged)"}}"#,
          #"{"jsonrpc":"2.0","id":3,"\#(forged)":1,"\#(forged)":2,"method":"ping"}"#,
        ].map { Array(($0 + "\n").utf8) }, channel)
      try eventually("all are counted") { try channel.count("socket", "accepted") == 8 }
      let shown = try channel.sluice("audit", "show")
      #expect(shown.status == 0)
      for line in shown.lines {
        #expect(try JSONText.object(line).number("uid") != 4242, "\(line)")
        #expect(!line.unicodeScalars.contains { $0.value < 32 }, "\(line)")
      }
      let status = try channel.sluice("status")
      for text in [server.log, status.output] {
        #expect(!text.contains("4242") || !text.split(separator: "\n").contains { $0.hasPrefix("{\"seq\"") })
        #expect(!text.contains("\u{1b}"))
      }
      try channel.expectBalanced()
    }
  }

  // MARK: Shapes

  @Test(
    "T34, T35, T36: texts that are JSON and no message",
    arguments: [
      ("[]", -32600), (#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32600), ("1", -32600), ("null", -32600),
      (#""ping""#, -32600), ("true", -32600), ("{}", -32600),
      (#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":1e999}}"#, -32700),
      (#"{"jsonrpc":"2.0","id":1e999,"method":"ping"}"#, -32700),
      (#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"other"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1,"method":"ping","meth\u006fd":"other"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#, -32600),
      (#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32600), (#"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, -32600),
      (#"{"jsonrpc":"","id":1,"method":"ping"}"#, -32600), (#"{"type":"","content":"ping"}"#, -32600),
      (#"{"type":0,"content":"ping"}"#, -32600), (#"{"type":"mcp_messages","content":"ping"}"#, -32600),
      (#"{"type":"mcp_message","content":0}"#, -32600), (#"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, -32600),
      (#"{"jsonrpc":"2.0","id":1,"method":0}"#, -32600),
    ] as [(String, Int64)])
  func t34t35t36Shapes(text: String, code: Int64) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.open("socket")
      let reply = try channel.socat(text + "\n" + #"{"jsonrpc":"2.0","id":7,"method":"after"}"# + "\n")
      #expect(reply.lines.count == 2, "\(reply)")
      let first = try JSONText.object(reply.lines.first ?? "")
      #expect(first.object("error")?.number("code") == code, "\(reply)")
      #expect(try JSONText.object(reply.lines.last ?? "").text("result") == "pong", "\(reply)")
      // Nothing of it reached the handler.
      #expect(try Files.lines(channel.record) == [#"{"jsonrpc":"2.0","id":7,"method":"after"}"#])
      try eventually("it is in the log once") { try channel.count("socket", "rejected") == 1 }
    }
  }

  /// HTTP is no dialect of this version: its header is lines that are no messages, and no number in it is believed.
  @Test(
    "T37: no Content-Length decides where a message ends",
    arguments: [
      [], ["-1"], [""], ["5", "6"], ["0"], ["99999999999999999999"], ["2", "x"], ["3\r\nTransfer-Encoding: chunked"],
    ]
      as [[String]])
  func t37ContentLength(lengths: [String]) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve("--phase", "socket")
      let header = ["POST /hook?event=E HTTP/1.1", "Host: x"] + lengths.map { "Content-Length: \($0)" } + ["", ""]
      let body = #"{"jsonrpc":"2.0","id":7,"method":"body"}"# + "\n"
      let outcome = try channel.socat(header.joined(separator: "\r\n") + body)
      #expect(outcome.lines.last == #"{"jsonrpc":"2.0","id":7,"result":"pong"}"#, "\(outcome)")
      let others = try outcome.lines.dropLast().map { try JSONText.object($0) }
      #expect(!others.isEmpty && others.allSatisfy { $0.object("error")?.number("code") == -32700 }, "\(outcome)")
      #expect(try Files.lines(channel.record) == [String(body.dropLast())])
      #expect(try channel.socat(#"{"method":"next"}"# + "\n").output == "{\"result\":\"pong\"}\n")
      try channel.expectBalanced()
    }
  }

  @Test("T35: deep nesting is refused and costs nothing", arguments: [255, 257, 100_000, 500_000])
  func t35Depth(depth: Int) throws {
    try Rehearsal.run { channel in
      let (server, _) = try channel.open("socket")
      let nested = String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
      let text = #"{"jsonrpc":"2.0","id":1,"method":"ping","params":\#(nested)}"#
      let reply = try channel.socat(text + "\n" + #"{"jsonrpc":"2.0","id":7,"method":"ping"}"# + "\n")
      let first = try JSONText.object(reply.lines.first ?? "")
      #expect(first.object("error")?.number("code") == (depth > 256 ? -32700 : nil), "\(reply.output.prefix(500))")
      #expect(reply.lines.last.map(String.init) == Self.pong)
      #expect(server.isRunning)
    }
  }
}
