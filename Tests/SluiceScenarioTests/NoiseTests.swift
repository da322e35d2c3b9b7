import SluiceSystem
import Testing

/// Random bytes and messages with random changes, on every way in: both services stay, and every byte is accounted for.
@Suite(.serialized, .printsLogs)
struct NoiseTests {
  private static let seeds = [
    #"{"method":"ping"}"#, #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":[1,2,{"b":"c"}]}}"#,
    #"{"type":"mcp_message","content":"ping"}"#, #"{"sluice":{"reply":"abc"},"message":{"method":"ping"}}"#,
    #"[{"method":"ping"}]"#, "POST /hook?event=E HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
  ]

  /// A generator whose seed is printed with a failure, so that the noise can be made again.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15  // splitmix64
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  static func noise(_ generator: inout Generator) -> [UInt8] {
    guard Int.random(in: 0..<4, using: &generator) > 0 else {
      return (0..<Int.random(in: 1...3000, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
    var bytes = Array(seeds[Int.random(in: 0..<seeds.count, using: &generator)].utf8)
    for _ in 0..<Int.random(in: 0...4, using: &generator) {
      let place = Int.random(in: 0..<bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
      case 1: bytes.insert(contentsOf: bytes[place...], at: place)
      case 2: bytes.removeSubrange(place...)
      default: bytes.insert(contentsOf: Array("{[\"\\".utf8), at: place)
      }
      if bytes.isEmpty { bytes = [0x7b] }
    }
    if Int.random(in: 0..<3, using: &generator) > 0 { bytes.append(0x0a) }
    return bytes
  }

  private static let scripts = [
    "socket": "timeout 5 socat -t 5 - UNIX-CONNECT:$DIR/mcp.sock", "fifo": "cat > $DIR/mcp.fifo",
    "run-file": "( flock 9; cat >> $DIR/mcp_in.json ) 9>$DIR/mcp.lock",
    "file-drop": "cat > $DROP.$$; until ln $DROP.$$ $DROP 2>/dev/null; do sleep 0.005; done; rm -f $DROP.$$",
  ]

  @Test(arguments: ["socket", "fifo", "run-file", "file-drop"])
  func noiseIsAccountedFor(route: String) throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = Generator(state: seed)
    try Rehearsal.run { channel in
      let (server, relay) = try channel.open("socket")
      let script = try #require(Self.scripts[route])
      for _ in 0..<120 {
        let outcome = try RunningProgram(
          ["/bin/bash", "-c", script], input: Self.noise(&generator), variables: channel.clientVariables
        ).end()
        #expect(outcome.status == 0 || route == "socket", "seed \(seed): \(outcome)")
      }
      // A newline ends what the noise left open; then the route serves as before.
      let last = try RunningProgram(
        ["/bin/bash", "-c", script], input: Array("\n\(Self.seeds[0])\n".utf8), variables: channel.clientVariables
      ).end()
      #expect(last.status == 0, "seed \(seed): \(last)")
      let reply = try channel.sluice("send", "--request", "--transport", route, Self.seeds[0])
      #expect(reply.output == "{\"result\":\"pong\"}\n", "seed \(seed): \(reply)")
      #expect(server.isRunning && relay.isRunning, "seed \(seed)")
      try channel.waitUntilDrained()
      try channel.expectOneEndEach()
      try channel.expectBalanced()
      #expect(try channel.count(route, "accepted") > 60, "seed \(seed)")
    }
  }

  /// Things that are no files at the legacy path: never opened, never followed, never in the way.
  @Test func strangeDropsAreTakenOutOfTheWay() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      let (_, relay) = try channel.open("socket")
      try channel.shell("echo '{\"method\":\"secret\"}' > $ROOT/secret; mkdir $ROOT/dir; echo x > $ROOT/dir/file")
      for (index, script) in [
        "ln -s $ROOT/secret $DROP", "ln -s /nowhere $DROP", "mkfifo $DROP", "mv $ROOT/dir $DROP",
        "ln $ROOT/secret $DROP",
        "ln -s $DROP $DROP", "head -c 2000000 /dev/zero > $DROP", ": > $DROP", "printf '\\0' > $DROP",
        "echo '{\"method\":\"x\"}' > $ROOT/tmp/mcp_bad.json",
      ].enumerated() {
        try channel.shell(script)
        try eventually("it is out of the way: \(script); \(relay.log)") {
          try Files.names("\(channel.root)/tmp").count == 1
        }
        let message = LegacyWriter.message("after", index + 1)
        try channel.shell(#"echo "$1" > $DROP"#, message)
        try channel.waitUntilHandled(message)
      }
      #expect(try Files.lines(channel.record).count == 10)
      #expect(try Files.text("\(channel.root)/secret") == "{\"method\":\"secret\"}\n")
      #expect(relay.isRunning)
      try channel.waitUntilDrained()
      try channel.expectBalanced()
      #expect(try channel.count("file-drop", "quarantined") == 9)
    }
  }
}
