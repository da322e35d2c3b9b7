import Glibc
import SluiceChannel
import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// What is no message, or no place for messages.
extension TransportTests.FileDrop {
  @Test(
    "Competition 36c: a drop with a malformed part is refused whole",
    arguments: [
      "{\"method\":\"a\"}junk{\"method\":\"b\"}", "{\"method\":\"a\"}\n{\"method\":", "ping\n",
      "{\"method\":\"a\"}\n[]\n",
      "\u{feff}{\"method\":\"a\"}", "{\"method\":\"a\",\"method\":\"b\"}", "\0",
    ])
  func aDropWithAMalformedPartIsRefusedWhole(_ text: String) throws {
    let bench = try TransportBench(.fileDrop)
    try bench.root.write("drop/mcp_in.json", text)
    try bench.open()
    try bench.run { bench.sink.arrivals.count == 1 && bench.receiver?.isIdle == true }
    #expect(bench.sink.arrivals.first?.refusal != nil)
    #expect(bench.sink.arrivals.first?.text == text)
    #expect(bench.sink.arrivals.first?.id?.hasSuffix("-0") == true)
  }

  @Test(arguments: [500, 501]) func theLimitHoldsForEachMessageOfADrop(_ excess: Int) throws {
    let bench = try TransportBench(.fileDrop)
    let text = #"{"method":""# + String(repeating: "x", count: TransportBench.limit - 13 + excess - 500) + #""}"#
    try bench.root.write("drop/mcp_in.json", text)
    try bench.open()
    try bench.run { bench.sink.arrivals.count == 1 }
    #expect(bench.sink.arrivals.first?.refusal == (excess > 500 ? .tooLarge(limit: TransportBench.limit) : nil))
  }

  /// What is no readable file: (script, code of the refusal or nil where nothing is to be told).
  @Test(
    "54 to 66: what is no readable file is out of the way",
    arguments: [
      ("ln -s ../secret mcp_in.json", .invalidRequest), ("ln -s nothing mcp_in.json", .invalidRequest),
      ("mkfifo mcp_in.json", .invalidRequest), ("mkdir mcp_in.json", .invalidRequest),
      ("mkdir .d; echo x > .d/y; mv .d mcp_in.json", .invalidRequest), ("ln ../secret mcp_in.json", .invalidRequest),
      ("ln -s . mcp_in.json", .invalidRequest), (": > mcp_in.json", nil), ("printf ' \\n\\n' > mcp_in.json", nil),
      ("head -c 5000 /dev/zero > mcp_in.json", .tooLarge), ("truncate -s 1T mcp_in.json", .tooLarge),
    ] as [(String, Refusal.Code?)])
  func hostileDrops(_ script: String, _ code: Refusal.Code?) throws {
    let bench = try TransportBench(.fileDrop)
    try bench.root.write("secret", #"{"method":"secret"}"#)
    try bench.open()
    try bench.shell(script)
    // The next one is not held up.
    try bench.shell(
      "while [ -e mcp_in.json ] || [ -L mcp_in.json ]; do :; done; echo '\(Self.numbered(1))' > mcp_in.json")
    try bench.run { bench.sink.texts.count == 1 && bench.receiver?.isIdle == true }
    #expect(bench.sink.texts == [Self.numbered(1)])
    #expect(bench.sink.arrivals.compactMap(\.refusal?.code) == (code.map { [$0] } ?? []))
    #expect(bench.sink.arrivals.allSatisfy { $0.refusal == nil || $0.bytes.isEmpty })
    #expect(try Directory.open(bench.claims).names() == [])
    let secret = try #require(try bench.root.directory().status(of: "secret"))
    #expect(secret.links == 1 && secret.size == 19)
    #expect(bench.sink.notices == [])
  }

  @Test("57: a socket is no message") func aSocketIsNoMessage() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    let drop = try Directory.open(bench.drop)
    // Bound elsewhere and moved in whole: the claimer is quick enough to take it between bind and listen.
    do { _ = try UnixSocket.listen(in: drop, name: "made", mode: 0o666, owner: nil).raw }
    try drop.rename("made", to: "mcp_in.json")
    try bench.run { bench.sink.arrivals.count == 1 && bench.receiver?.isIdle == true }
    #expect(bench.sink.arrivals.first?.refusal?.reason == "a socket stood at the path")
  }

  @Test("58: a device is never opened", .enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason)))
  func aDeviceIsNeverOpened() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    // A terminal's device would become ours, a tape would wind: number 1,5 only gives zeros, without end.
    try bench.shell("mknod mcp_in.json c 1 5")
    try bench.run { bench.sink.arrivals.count == 1 && bench.receiver?.isIdle == true }
    #expect(bench.sink.arrivals.first?.refusal?.reason == "a character device stood at the path")
  }

  @Test(arguments: [1000, 1001]) func aDropOfTooManyMessagesIsRefusedWhole(_ count: Int) throws {
    let bench = try TransportBench(.fileDrop)
    bench.messageLimit = 1 << 16
    try bench.root.write("drop/mcp_in.json", String(repeating: "{\"method\":\"a\"}\n", count: count))
    try bench.open()
    try bench.run { !bench.sink.arrivals.isEmpty && bench.receiver?.isIdle == true }
    #expect(bench.sink.texts.count == (count == 1000 ? 1000 : 0))
    let reasons = bench.sink.arrivals.compactMap(\.refusal?.reason)
    #expect(reasons == (count == 1000 ? [] : ["1001 messages in one drop, more than 1000"]))
  }

  @Test("Crash 53: a second relay is refused") func oneRelayAtATime() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    let second = try bench.makeReceiver()
    let error = #expect(throws: TransportFailure.self) { try second.open() }
    #expect(error?.kind == .busy)
  }

  @Test(
    "70: a squatted claim directory is left, and another one is used, which is found again after a kill",
    arguments: ["mkdir -m 755 .claims-test", "ln -s . .claims-test", "echo > .claims-test"])
  func somebodyElsesClaimDirectoryIsLeftAndEvaded(_ script: String) throws {
    let bench = try TransportBench(.fileDrop, settling: .byHand)
    try bench.shell(script)
    let directory = try Directory.open(bench.drop)
    let before = try #require(try directory.status(of: ".claims-test"))
    try bench.open()
    #expect(bench.sink.notices.contains { $0.contains(".claims-test is not ours alone") })
    try bench.send(Self.numbered(1))
    try bench.run { bench.sink.texts == [Self.numbered(1)] }
    let own = try directory.names().filter { $0.hasPrefix(".claims-test-") }
    #expect(own.count == 1)
    #expect(try directory.status(of: ".claims-test") == before)
    let id = bench.sink.arrivals.first?.id
    try bench.kill()
    // Also where the usual name is free again.
    try bench.shell("rm -rf .claims-test")
    try bench.open()
    try bench.run { bench.sink.texts == [Self.numbered(1)] }
    #expect(id != nil && bench.sink.arrivals.first?.id == id)
    #expect(try directory.names().filter { $0.hasPrefix(".claims-test") } == own)
  }

  @Test("70: claims in more than one directory of ours are all found, and one is left")
  func claimsOfSeveralDirectoriesAreFound() throws {
    let bench = try TransportBench(.fileDrop)
    let names = ["c0000000000000001-0123456789abcdef", "c0000000000000002-0123456789abcdef"]
    for (directory, name) in zip([".claims-test", ".claims-test-0123456789abcdef"], names) {
      try bench.root.makeDirectory("drop/\(directory)")
      try bench.root.makeDirectory("drop/\(directory)/claims")
      try bench.root.write("drop/\(directory)/claims/\(name)", Self.numbered(1) + "\n")
    }
    // Neither a name of the wrong shape nor one that others may look into is ours.
    try bench.root.makeDirectory("drop/.claims-test-0123", mode: 0o700)
    try bench.root.makeDirectory("drop/.claims-test-0123456789abcdee", mode: 0o755)
    try bench.open()
    try bench.run { bench.sink.arrivals.count == 2 }
    #expect(bench.sink.arrivals.map { $0.id?.prefix(34) } == names.map { $0[...] })
    #expect(
      try Directory.open(bench.drop).names().filter { $0.hasPrefix(".claims-test") }.sorted() == [
        ".claims-test", ".claims-test-0123", ".claims-test-0123456789abcdee",
      ])
  }

  @Test("8: a directory that is moved away is lost") func aDirectoryThatIsMovedAwayIsLost() throws {
    let bench = try TransportBench(.fileDrop)
    try bench.open()
    var reasons: [String] = []
    try receiver(bench).lost = { reasons.append($0) }
    try bench.root.directory().rename("drop", to: "gone")
    try bench.root.makeDirectory("drop")
    try bench.run { !reasons.isEmpty }
    #expect(reasons.count == 1)
    bench.receiver?.close(removingObjects: false)
    try bench.run { bench.receiver?.isIdle == true }
  }
}
