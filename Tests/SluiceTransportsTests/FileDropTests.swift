import Glibc
import SluiceChannel
import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// The file-drop transport, with everything that old writers leave at a path.
extension TransportTests {
  @Suite struct FileDrop {
    static func numbered(_ number: Int) -> String { Conformance.numbered(number) }

    private func receiver(_ bench: TransportBench) throws -> FileDropReceiver {
      try #require(bench.receiver as? FileDropReceiver)
    }

    @Test("Writers 16: appends in quick succession come once each") func appendsInQuickSuccession() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      // One writer after the other: appended to the drop or to a new one, each line comes once.
      let lines = (0..<50).map(Self.numbered)
      try bench.shell(lines.map { "echo '\($0)' >> mcp_in.json" }.joined(separator: "\n"))
      try bench.expect(lines)
    }

    @Test("Competition 41: a writer that stays does not hold up later ones, and arrives whole after its close")
    func aSlowWriterArrivesWhole() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let directory = try Directory.open(bench.drop)
      let text = Self.numbered(1)
      let writer = try directory.open("mcp_in.json", .createNew(mode: 0o644))
      try writer.writeAll(Array(text.utf8.prefix(10)))
      // It is claimed while it is being written.
      try bench.run { try directory.status(of: "mcp_in.json") == nil }
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.arrivals.isEmpty)
      // The path is free: another writer is not held up.
      try bench.shell("echo '\(Self.numbered(2))' > mcp_in.json")
      try bench.run { bench.sink.texts.count == 1 }
      try writer.writeAll(Array(text.utf8.dropFirst(10)))
      try writer.close()
      try bench.expect([Self.numbered(2), text])
    }

    @Test(
      "Writers 28, 30: several texts of one drop are as many messages, in their order",
      arguments: [
        (
          "{\"method\":\"a\"}\n{\"method\":\"b\"}\n{\"method\":\"c\"}",
          [#"{"method":"a"}"#, #"{"method":"b"}"#, #"{"method":"c"}"#]
        ),
        ("{\"method\":\n  \"a\"\n}\n", ["{\"method\":\n  \"a\"\n}"]),
        ("{\"method\":\"a\"}\n\n{\"method\":\"b\"}\n", [#"{"method":"a"}"#, #"{"method":"b"}"#]),
        ("{\"method\":\"a\"}{\"method\":\"}{\"}", [#"{"method":"a"}"#, #"{"method":"}{"}"#]),
        (" {\"method\":\"a\"} \r\n\t{\"method\":\"b\"}", [#"{"method":"a"}"#, #"{"method":"b"}"#]),
      ])
    func textsOfOneDrop(_ text: String, _ expected: [String]) throws {
      let bench = try TransportBench(.fileDrop)
      try bench.root.write("drop/mcp_in.json", text)
      try bench.open()
      try bench.expect(expected)
      let name = try #require(bench.sink.arrivals.first?.id?.dropLast(2))
      #expect(bench.sink.arrivals.map(\.id) == expected.indices.map { "\(name)-\($0)" })
      #expect(bench.book.retired == [String(name)])
    }

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

    @Test(
      "84: the owner is the writer unless others could write",
      .enabled(if: Privilege.isRoot, Comment(rawValue: Privilege.reason)), arguments: [0o644, 0o666, 0o600] as [UInt32])
    func theOwnerIsTheWriterUnlessOthersCouldWrite(_ mode: UInt32) throws {
      let bench = try TransportBench(.fileDrop)
      try bench.root.write("drop/.tmp", Self.numbered(1), mode: mode)
      let directory = try Directory.open(bench.drop)
      try directory.setOwner(of: ".tmp", uid: 4242, gid: 4343)
      try directory.rename(".tmp", to: "mcp_in.json")
      try bench.open()
      try bench.expect([Self.numbered(1)])
      let principal = try #require(bench.sink.arrivals.first?.principal)
      #expect(principal.attestation == .fileOwner)
      #expect(principal.uid == 4242 && principal.gid == 4343)
      #expect(principal.isShared == (mode == 0o666))
    }

    @Test func theBadPathIsMalformedByDefinition() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      try bench.shell("echo '\(Self.numbered(1))' > mcp_bad.json")
      try bench.run { bench.sink.arrivals.count == 1 && bench.receiver?.isIdle == true }
      #expect(bench.sink.arrivals.first?.text == Self.numbered(1) + "\n")
      #expect(bench.sink.arrivals.first?.refusal?.code == .notJSON)
      #expect(bench.sink.arrivals.first?.id?.hasPrefix("b") == true)
    }

    @Test("1, Crash 51: claims of an earlier process are found, what is foreign among them is left")
    func claimsOfAnEarlierProcessAreFound() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.root.makeDirectory("drop/.claims-test")
      try bench.root.makeDirectory("drop/.claims-test/claims")
      let names = ["c0000000000000001-0123456789abcdef", "c0000000000000003-0123456789abcdef"]
      try bench.root.write("drop/.claims-test/claims/\(names[1])", Self.numbered(3))
      try bench.root.write("drop/.claims-test/claims/\(names[0])", Self.numbered(1))
      try bench.root.write("drop/.claims-test/claims/b0000000000000002-0123456789abcdef", "bad")
      try bench.root.write("drop/.claims-test/claims/stranger", "x")
      try bench.open()
      try bench.run { bench.sink.arrivals.count == 3 && bench.receiver?.isIdle == true }
      #expect(bench.sink.arrivals.map(\.text) == [Self.numbered(1), "bad", Self.numbered(3)])
      #expect(try Directory.open(bench.claims).names() == ["stranger"])
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

    @Test("Crash 47: a claim is retired only when its file is gone") func aClaimIsRetiredOnlyWhenItsFileIsGone() throws
    {
      let bench = try TransportBench(.fileDrop, settling: .byHand)
      try bench.root.write("drop/mcp_in.json", "{\"method\":\"a\"}\n{\"method\":\"b\"}\n")
      try bench.open()
      try bench.run { bench.sink.unsettled.count == 2 }
      let name = try #require(bench.sink.arrivals.first?.id?.dropLast(2)).description
      let claims = try Directory.open(bench.claims)
      bench.sink.settleFirst()
      #expect(try receiver(bench).holds(claim: name))
      // Something that unlink(2) refuses stands in its place for a while.
      try claims.unlink(name)
      try claims.makeDirectory(name, mode: 0o700)
      bench.sink.settleFirst()
      #expect(try receiver(bench).holds(claim: name))
      #expect(bench.book.retired == [])
      #expect(bench.sink.notices.count == 1)
      try claims.removeDirectory(name)
      try bench.run { bench.book.retired == [name] }
      #expect(try !receiver(bench).holds(claim: name))
      #expect(bench.sink.notices.count == 1)
    }

    @Test func aClaimThatVanishesIsRetired() throws {
      let bench = try TransportBench(.fileDrop)
      let drop = try Directory.open(bench.drop)
      let writer = try drop.open("mcp_in.json", .createNew(mode: 0o644))
      try bench.open()
      let claims = try Directory.open(bench.claims)
      try bench.run { try !claims.names().isEmpty }
      let name = try #require(try claims.names().first)
      try bench.run { try receiver(bench).holds(claim: name) }
      try claims.unlink(name)
      try bench.run { bench.book.retired == [name] }
      #expect(bench.sink.arrivals.isEmpty)
      try writer.close()
    }

    @Test func heldDropsStayInTheirSlot() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      try bench.send(Self.numbered(1))
      try bench.expect([Self.numbered(1)])
      try receiver(bench).hold(true)
      // One may have been taken on the way; none after a claim that failed to come.
      try bench.run { try isLeft(bench) }
      let before = bench.sink.texts.count
      for _ in 0..<10 { try bench.turn() }
      #expect(bench.sink.texts.count == before)
      try receiver(bench).hold(false)
      try bench.run { bench.sink.texts.count == before + 1 }
    }

    /// Drops one and sees whether it stays for a while.
    private func isLeft(_ bench: TransportBench) throws -> Bool {
      let directory = try Directory.open(bench.drop)
      guard try directory.status(of: "mcp_in.json") == nil else {
        let end = Clock.monotonic + 50_000_000
        while Clock.monotonic < end { try bench.turn() }
        return try directory.status(of: "mcp_in.json") != nil
      }
      try bench.root.write("drop/.x", Self.numbered(2))
      try directory.rename(".x", to: "mcp_in.json")
      return false
    }

    @Test("Crash 49: with too many pending the slot is the back-pressure")
    func withTooManyPendingTheSlotIsTheBackPressure() throws {
      let bench = try TransportBench(.fileDrop, settling: .byHand)
      bench.pendingLimit = 3
      try bench.open()
      for number in 0..<3 {
        try bench.send(Self.numbered(number))
        try bench.run { bench.sink.texts.count > number }
      }
      try bench.send(Self.numbered(3))
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.texts.count == 3)
      #expect(try Directory.open(bench.drop).status(of: "mcp_in.json") != nil)
      let job = try bench.startSending([Self.numbered(4)])
      bench.sink.settling = .inTheNextTurn
      bench.sink.settleAll()
      try bench.run { job.isOver }
      try bench.expect((0...4).map(Self.numbered))
    }

    @Test func aPausedReceiverHandsNothingOn() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.root.makeDirectory("drop/.claims-test")
      try bench.root.makeDirectory("drop/.claims-test/claims")
      try bench.root.write("drop/.claims-test/claims/c0000000000000001-0123456789abcdef", Self.numbered(1))
      try bench.root.write("drop/mcp_in.json", Self.numbered(2))
      let paused = try #require(try bench.makeReceiver() as? FileDropReceiver)
      paused.pause(true)
      try paused.open()
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.arrivals.isEmpty)
      #expect(try Directory.open(bench.drop).status(of: "mcp_in.json") != nil)
      // Not held by an operator, so that the pause's end is enough.
      paused.pause(false)
      try bench.run { bench.sink.texts.count == 2 && paused.isIdle }
      #expect(bench.sink.texts == [Self.numbered(1), Self.numbered(2)])
      paused.close(removingObjects: false)
      try bench.run { paused.isIdle }
    }

    @Test func whatTheSinkHasPartsOfIsFinishedWhilePaused() throws {
      let bench = try TransportBench(.fileDrop)
      let names = ["c0000000000000001-0123456789abcdef", "c0000000000000002-0123456789abcdef"]
      try bench.root.makeDirectory("drop/.claims-test")
      try bench.root.makeDirectory("drop/.claims-test/claims")
      for (number, name) in names.enumerated() {
        try bench.root.write("drop/.claims-test/claims/\(name)", Self.numbered(number))
      }
      let paused = try #require(try bench.makeReceiver() as? FileDropReceiver)
      paused.begun = [names[1], "c0000000000000003-0123456789abcdef"]
      paused.pause(true)
      try paused.open()
      try bench.run { bench.book.retired == [names[1]] }
      for _ in 0..<20 { try bench.turn() }
      #expect(bench.sink.texts == [Self.numbered(1)])
      #expect(paused.holds(claim: names[0]))
      paused.pause(false)
      try bench.run { paused.isIdle }
      #expect(bench.sink.texts == [Self.numbered(1), Self.numbered(0)])
      paused.close(removingObjects: false)
      try bench.run { paused.isIdle }
    }

    @Test func emptyDropsAreNotAnnounced() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      var announced: [String] = []
      try receiver(bench).claimed = { name, _ in announced.append(name) }
      for text in ["", " \n\n", "not JSON", Self.numbered(1)] {
        try bench.root.write("drop/.x", text)
        try Directory.open(bench.drop).rename(".x", to: "mcp_in.json")
        let claimed = try Directory.open(bench.drop)
        try bench.run { try claimed.status(of: "mcp_in.json") == nil }
      }
      try bench.run { bench.sink.arrivals.count == 2 && bench.receiver?.isIdle == true }
      #expect(announced.map { "\($0)-0" } == bench.sink.arrivals.map(\.id))
    }

    @Test func writersThatStayDoNotHoldUpTheOthers() throws {
      let bench = try TransportBench(.fileDrop)
      bench.pendingLimit = 2
      bench.parkedLimit = 2
      bench.writerPatience = 50_000_000
      try bench.open()
      let drop = try Directory.open(bench.drop)
      func stay(_ number: Int) throws -> OwnedDescriptor {
        let writer = try drop.open("mcp_in.json", .createNew(mode: 0o644))
        try bench.run { try drop.status(of: "mcp_in.json") == nil }
        try writer.writeAll(Array(Self.numbered(number).utf8))
        return writer
      }
      let first = try stay(1)
      let second = try stay(2)
      // Both count no longer after a while; two more fill the limit again, and there the parking ends.
      let third = try stay(3)
      let fourth = try stay(4)
      try bench.send(Self.numbered(5))
      for _ in 0..<30 { try bench.turn() }
      #expect(bench.sink.texts.isEmpty)
      #expect(try drop.status(of: "mcp_in.json") != nil)
      try third.close()
      try bench.run { bench.sink.texts.count == 2 }
      #expect(bench.sink.texts == [Self.numbered(3), Self.numbered(5)])
      try first.close()
      try second.close()
      try fourth.close()
      try bench.run { bench.sink.texts.count == 5 && bench.receiver?.isIdle == true }
      #expect(Set(bench.sink.texts) == Set((1...5).map(Self.numbered)))
      // Once a minute, by name.
      #expect(bench.sink.notices.count == 1)
      #expect(bench.sink.notices.first?.hasSuffix("of uid \(Process.effectiveUser)") == true)
    }

    @Test func oneUsersUnfinishedDropsAreGivenUpBeyondItsShare() throws {
      let bench = try TransportBench(.fileDrop)
      bench.pendingLimit = 2
      bench.parkedShare = 1
      bench.writerPatience = 50_000_000
      try bench.open()
      let drop = try Directory.open(bench.drop)
      var writers: [Int: OwnedDescriptorBox] = [:]
      // Each takes the slot and stays; only the first one is waited for.
      for number in 1...6 {
        writers[number] = OwnedDescriptorBox(try drop.open("mcp_in.json", .createNew(mode: 0o644)))
        try bench.run { try drop.status(of: "mcp_in.json") == nil }
      }
      try bench.run { bench.sink.arrivals.count == 5 }
      #expect(bench.sink.arrivals.allSatisfy { $0.refusal?.reason.hasPrefix("too many unfinished drops of") == true })
      try bench.send(Self.numbered(7))
      try bench.run { bench.sink.texts.contains(Self.numbered(7)) }
    }

    private final class OwnedDescriptorBox {
      let descriptor: OwnedDescriptor
      init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
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

    @Test("Competition 38: clients that never overlap lose nothing, and each keeps its order")
    func competingWritersLoseNothingOfWhatWasClaimed() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      // Four writers that create and never overwrite (noclobber): whoever was told yes is delivered.
      let script =
        (0..<4).map { writer in
          """
          ( n=0; while [ $n -lt 25 ]; do
            if (set -C; echo '{"method":"m","params":{"writer":\(writer),"n":'$n'}}' > mcp_in.json) 2>/dev/null; then n=$((n+1)); fi
          done ) &
          """
        }.joined(separator: "\n") + "\nwait\n"
      try bench.shell(script)
      try bench.run { bench.sink.texts.count >= 100 && bench.receiver?.isIdle == true }
      #expect(bench.sink.arrivals.count == 100)
      for writer in 0..<4 {
        let own = bench.sink.texts.filter { $0.contains("\"writer\":\(writer),") }
        #expect(own == (0..<25).map { #"{"method":"m","params":{"writer":\#(writer),"n":\#($0)}}"# })
      }
    }
  }
}
