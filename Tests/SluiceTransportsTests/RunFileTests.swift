import SluiceChannel
import SluicePolicy
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// The run-file transport: its lock, and writers that die.
extension TransportTests {
  @Suite struct RunFile {
    static func numbered(_ number: Int) -> String { Conformance.numbered(number) }

    @Test(
      arguments: [
        "flock mcp.lock sh -c 'echo \"$0\" >> mcp_in.json' M",
        "flock mcp.lock sh -c 'echo \"$0\" > mcp_in.json' M",
        "flock -x mcp.lock sh -c 'printf %s \"$0\" > mcp_in.json' M",
        // A descriptor for the lock, and the file made anew where it is absent.
        "exec 9> mcp.lock; flock -x 9; printf '%s\\n' M >> mcp_in.json",
        "exec 9> mcp.lock; flock -x 9; rm -f mcp_in.json; (umask 077; echo M > mcp_in.json)",
      ])
    func shellClients(_ script: String) throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      for number in 0..<3 {
        try bench.shell(script.replacing("M", with: "'\(Self.numbered(number))'"))
        try bench.run { bench.sink.texts.count > number }
      }
      try bench.expect((0..<3).map(Self.numbered))
      #expect(bench.sink.notices == [])
      // An empty one stands there again, with its own mode whatever the writer's umask was.
      let directory = try Directory.open(bench.run)
      try bench.run { try directory.status(of: "mcp_in.json")?.mode == 0o660 }
      #expect(try directory.status(of: "mcp_in.json")?.size == 0)
    }

    /// A second name for the file, given by somebody who may write to it, holds nobody's lines up.
    @Test func aSecondNameHoldsNothingUp() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let lines = [Self.numbered(0), Self.numbered(1)]
      try bench.shell("ln mcp_in.json ../kept; flock mcp.lock sh -c 'echo \"$0\" >> mcp_in.json' '\(lines[0])'")
      try bench.run { bench.sink.texts.count == 1 }
      try bench.shell("flock mcp.lock sh -c 'echo \"$0\" >> mcp_in.json' '\(lines[1])'")
      try bench.expect(lines)
      #expect(bench.sink.notices == [])
    }

    @Test func theOwnerOfTheFileIsTheWriter() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      try bench.send(Self.numbered(1))
      try bench.expect([Self.numbered(1)])
      let principal = try #require(bench.sink.arrivals.first?.principal)
      #expect(principal.attestation == .fileOwner)
      #expect(principal.uid == Process.effectiveUser)
      #expect(principal.isShared)
    }

    @Test("run-file: a writer that died half-way costs only its own line") func aWriterThatDiedCostsOnlyItsOwnLine()
      throws
    {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let directory = try Directory.open(bench.run)
      let lock = try directory.open("mcp.lock", .readWrite)
      try lock.lockExclusive()
      try directory.open("mcp_in.json", .append).writeAll(Array("{\"method\":\"half".utf8))
      // Our sender waits for the lock, then writes behind what it finds.
      let job = try bench.startSending([Self.numbered(1)])
      try lock.unlock()
      try bench.run { job.isOver && bench.sink.arrivals.count >= 2 }
      try bench.run { bench.receiver?.isIdle == true }
      #expect(bench.sink.arrivals.map(\.text) == ["{\"method\":\"half", Self.numbered(1)])
    }

    @Test(
      "run-file: a file that ends in the middle of a line",
      arguments: [("{\"method\":\"half", Refusal.Code.notJSON), (String(repeating: "x", count: 9000), .tooLarge)])
    func aFileThatEndsInTheMiddle(_ rest: String, _ code: Refusal.Code) throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      try bench.shell("flock mcp.lock sh -c 'printf %s \"$0\" >> mcp_in.json' '\(Self.numbered(1))\n\(rest)'")
      try bench.run { bench.sink.arrivals.count >= 2 }
      #expect(bench.sink.arrivals.last?.refusal?.code == code)
      try bench.send(Self.numbered(2))
      try bench.expect([Self.numbered(1), Self.numbered(2)])
      #expect(try Directory.open("\(bench.run)/claimed").names() == [])
    }

    @Test("run-file: who waits for a lock file that was replaced meanwhile takes the new one")
    func aReplacedLockIsTakenAnew() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let directory = try Directory.open(bench.run)
      let old = try directory.open("mcp.lock", .readWrite)
      try old.lockExclusive()
      let job = try bench.startSending([Self.numbered(1)])
      try wait(bench)
      // Another one in its place, held by another: to have the old one is worth nothing.
      let new = try directory.open("new.lock", .createNew(mode: 0o660))
      try new.lockExclusive()
      try directory.rename("new.lock", to: "mcp.lock")
      try old.unlock()
      try wait(bench)
      #expect(!job.isOver)
      #expect(try directory.status(of: "mcp_in.json")?.size == 0)
      try new.unlock()
      try bench.run { job.isOver }
      #expect(job.failed == [])
      try bench.expect([Self.numbered(1)])
    }

    /// Nothing shows that somebody tries for a lock: a while, in which it would have been taken.
    private func wait(_ bench: TransportBench) throws {
      let end = Clock.monotonic + 200_000_000
      while Clock.monotonic < end { try bench.turn() }
    }

    @Test("run-file: a lock file that was deleted comes back, and its holder holds nobody up")
    func aLockThatWasDeletedComesBack() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let directory = try Directory.open(bench.run)
      let old = try directory.open("mcp.lock", .readWrite)
      #expect(try old.tryLockExclusive() == true)
      try directory.unlink("mcp.lock")
      // Whoever holds the old one guards nothing any more, and holds nobody up.
      try bench.run { try directory.status(of: "mcp.lock") != nil }
      #expect(try directory.status(of: "mcp.lock")?.mode == 0o660)
      try bench.send(Self.numbered(1))
      try bench.expect([Self.numbered(1)])
      _ = old.raw
    }

    @Test("run-file: a killed holder's lock goes with it, and what it wrote is taken")
    func aKilledHolderHoldsNothing() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let child = try ChildProcess.start(
        ProgramStart(
          path: "/bin/bash",
          arguments: [
            "bash", "-c",
            "exec 9>mcp.lock; flock 9; echo '\(Self.numbered(1))' >>mcp_in.json; printf '{\"method' >>mcp_in.json;"
              + " touch locked; exec sleep 60",
          ], environment: ["PATH=/usr/bin:/bin"], directory: bench.run))
      defer { child.endAndReap() }
      let directory = try Directory.open(bench.run)
      try bench.run { try directory.status(of: "locked") != nil }
      #expect(bench.sink.arrivals.isEmpty)
      ChildProcess.killGroup(child.pid)
      try bench.run { bench.sink.arrivals.count == 2 }
      #expect(bench.sink.texts == [Self.numbered(1)])
      #expect(bench.sink.arrivals.last?.refusal?.code == .notJSON)
      try bench.send(Self.numbered(2))
      try bench.expect([Self.numbered(1), Self.numbered(2)])
    }

    @Test("run-file: a lock that is held too long is reported with its holder")
    func aLockThatIsHeldTooLongIsReportedWithItsHolder() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let directory = try Directory.open(bench.run)
      let lock = try directory.open("mcp.lock", .readWrite)
      #expect(try lock.tryLockExclusive() == true)
      let busy = #expect(throws: TransportFailure.self) {
        try bench.makeSender(patience: 20_000_000).send(Array(Self.numbered(1).utf8))
      }
      #expect(busy?.kind == .busy)
      #expect(busy?.text.contains("process \(Process.identifier)") == true)
      try directory.open("mcp_in.json", .append).writeAll(Array((Self.numbered(2) + "\n").utf8))
      try bench.run { !bench.sink.notices.isEmpty }
      #expect(bench.sink.notices.first?.contains("has been held for over 2 s by process \(Process.identifier)") == true)
      #expect(bench.sink.arrivals.isEmpty)
      try lock.unlock()
      try bench.expect([Self.numbered(2)])
    }

    @Test("T67: a lock that a child inherited is reported with the child's pid") func anInheritedLock() throws {
      let bench = try TransportBench(.runFile)
      try bench.open()
      let child = try ChildProcess.start(
        ProgramStart(
          path: "/bin/bash",
          arguments: ["bash", "-c", "exec 9>\(bench.run)/mcp.lock; flock 9; touch \(bench.run)/locked; exec sleep 60"],
          environment: ["PATH=/usr/bin:/bin"]))
      defer { child.endAndReap() }
      let directory = try Directory.open(bench.run)
      try bench.run { try directory.status(of: "locked") != nil }
      let busy = #expect(throws: TransportFailure.self) {
        try bench.makeSender(patience: 20_000_000).send(Array(Self.numbered(1).utf8))
      }
      #expect(busy?.kind == .busy)
      #expect(
        busy?.text.contains("by process \(child.pid) (sleep, uid \(Process.effectiveUser));") == true,
        "\(busy?.text ?? "")")
    }

    @Test func claimsOfAnEarlierProcessComeFirst() throws {
      let bench = try TransportBench(.runFile)
      try bench.root.makeDirectory("run/claimed")
      let names = ["r0000000000000001-0123456789abcdef", "r0000000000000002-0123456789abcdef"]
      for (number, name) in names.enumerated() {
        try bench.root.write("run/claimed/\(name)", Self.numbered(number) + "\n")
      }
      try bench.root.write("run/claimed/stranger", "x")
      try bench.open()
      try bench.send(Self.numbered(2))
      try bench.expect((0...2).map(Self.numbered))
      #expect(bench.sink.arrivals.prefix(2).map(\.id) == names.map { "\($0)-0" })
      #expect(try Directory.open("\(bench.run)/claimed").names() == ["stranger"])
      #expect(bench.book.retired.count == 3)
    }

    @Test func whatIsNoFileInTheClaimsIsLeft() throws {
      let bench = try TransportBench(.runFile)
      try bench.root.makeDirectory("run/claimed")
      let claimed = try Directory.open("\(bench.run)/claimed")
      try bench.root.write("secret", Self.numbered(9))
      try bench.root.link("\(bench.root.path)/secret", to: "run/claimed/r0000000000000001-0123456789abcdef")
      try claimed.makeFIFO("r0000000000000002-0123456789abcdef", mode: 0o600)
      try claimed.makeDirectory("r0000000000000003-0123456789abcdef", mode: 0o700)
      try bench.open()
      try bench.send(Self.numbered(1))
      try bench.expect([Self.numbered(1)])
      #expect(bench.sink.notices.count == 3)
      #expect(try claimed.names().count == 3)
    }

    @Test(arguments: ["mkfifo mcp_in.json", "mkdir mcp_in.json", "ln -s ../secret mcp_in.json"])
    func somethingElseAtThePathIsReportedAndNeverOpened(_ command: String) throws {
      let bench = try TransportBench(.runFile)
      try bench.root.write("secret", Self.numbered(9))
      try bench.open()
      try bench.shell("exec 9> mcp.lock; flock -x 9; rm -f mcp_in.json; \(command)")
      try bench.run { bench.sink.notices.contains { $0.contains("it is not opened") } }
      try bench.shell("rm -rf mcp_in.json")
      try bench.run { try Directory.open(bench.run).status(of: "mcp_in.json")?.kind == .regular }
      try bench.send(Self.numbered(1))
      try bench.expect([Self.numbered(1)])
    }

    @Test func linesOfOneClaimKeepTheirNumbersAcrossAWindow() throws {
      let bench = try TransportBench(.runFile, settling: .byHand)
      try bench.open()
      let texts = (0..<150).map(Self.numbered)
      try bench.sendTogether(texts)
      try bench.run { bench.sink.texts.count >= 64 }
      for _ in 0..<30 { bench.sink.settleFirst() }
      try bench.run { bench.sink.texts.count >= 94 }
      let ids = bench.sink.arrivals.map(\.id)
      try bench.kill()
      try bench.open()
      bench.sink.settling = .inTheNextTurn
      try bench.expect(Array(texts[30...]))
      #expect(bench.sink.arrivals.prefix(64).map(\.id) == Array(ids[30...]))
      #expect(bench.sink.repeats == ids[..<30].compactMap { $0 })
    }
  }
}
