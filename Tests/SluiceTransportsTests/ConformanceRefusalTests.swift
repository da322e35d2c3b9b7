import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// What every transport refuses, answers and leaves behind.
extension TransportTests {
  @Suite struct Refusals {
    @Test(
      arguments: [
        (TransportKind.socket, TransportFailure.Kind.notRunning), (.fifo, .notRunning), (.runFile, .notRunning),
      ])
    func withoutAServer(_ kind: TransportKind, _ expected: TransportFailure.Kind) throws {
      let bench = try TransportBench(kind)
      let sender = bench.makeSender(patience: 100_000_000)
      let error = #expect(throws: TransportFailure.self) { try sender.send(Array(Conformance.numbered(1).utf8)) }
      #expect(error?.kind == expected)
      // A client makes nothing.
      #expect(try Directory.open(bench.run).names() == ["replies"])
    }

    @Test(
      arguments: [
        (TransportKind.socket, TransportFailure.Kind.notRunning), (.fifo, .notRunning), (.runFile, .notRunning),
        (.fileDrop, .failed),
      ])
    func withoutADirectory(_ kind: TransportKind, _ expected: TransportFailure.Kind) throws {
      let sender = TransportBench.makeSender(kind, root: "/nonexistent/sluice", patience: 100_000_000)
      let error = #expect(throws: TransportFailure.self) { try sender.send(Array(Conformance.numbered(1).utf8)) }
      #expect(error?.kind == expected)
      #expect(error?.text.contains("/nonexistent/sluice") == true)
    }

    @Test func nobodyTakesTheDrop() throws {
      let bench = try TransportBench(.fileDrop)
      let sender = bench.makeSender(patience: 20_000_000)
      try sender.send(Array(Conformance.numbered(1).utf8))
      let error = #expect(throws: TransportFailure.self) { try sender.send(Array(Conformance.numbered(2).utf8)) }
      #expect(error?.kind == .busy)
      #expect(try Directory.open(bench.drop).names() == ["mcp_in.json"])
      try bench.open()
      try bench.expect([Conformance.numbered(1)])
    }

    @Test(arguments: TransportKind.allCases, [10, 1500]) func requestsAreAnswered(
      _ kind: TransportKind, _ size: Int
    ) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      let text = #"{"jsonrpc":"2.0","id":1,"method":"\#(String(repeating: "r", count: size))"}"#
      for _ in 0..<3 {
        let job = try bench.startRequest(text)
        try bench.run { job.isOver }
        #expect(job.failed == [])
        #expect(job.answers == [#"{"echo":\#(text)}"#])
      }
      #expect(bench.sink.notices == [])
      #expect(try Directory.open("\(bench.run)/replies").names() == [])
    }

    @Test(arguments: TransportKind.allCases) func aRequestWithoutAnAnswerEnds(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      bench.sink.replies = nil
      bench.sink.received = { session, _ in
        session.conversation?.callBegan()
        return true
      }
      let job = try bench.startRequest(Conformance.numbered(1), patience: 100_000_000)
      try bench.run { job.isOver }
      #expect(job.failed.map(\.kind) == [.busy])
      #expect(try Directory.open("\(bench.run)/replies").names() == [])
    }

    @Test(arguments: [TransportKind.socket, .fifo, .runFile]) func aMessageIsOneLine(_ kind: TransportKind) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      let error = #expect(throws: TransportFailure.self) { try bench.makeSender().send(Array("{\n}".utf8)) }
      #expect(error?.kind == .badMessage)
    }

    @Test(
      arguments: [
        (TransportKind.socket, "mcp.sock"), (.fifo, "mcp.fifo"), (.runFile, "mcp_in.json"), (.runFile, "mcp.lock"),
      ],
      ["directory", "link", "file"])
    func whatIsForeignIsLeftAlone(_ target: (kind: TransportKind, name: String), _ thing: String) throws {
      if target.kind == .runFile, thing == "file" { return }  // a file is what belongs there
      let bench = try TransportBench(target.kind)
      let directory = try Directory.open(bench.run)
      switch thing {
      case "directory": try directory.makeDirectory(target.name, mode: 0o700)
      case "link": try bench.root.link("elsewhere", to: "run/\(target.name)")
      default: try directory.replaceFile(target.name, with: [1, 2, 3], mode: 0o600)
      }
      let before = try #require(try directory.status(of: target.name))
      let error = #expect(throws: TransportFailure.self) { try bench.open() }
      #expect(error?.kind == .unsafePath)
      #expect(try directory.status(of: target.name) == before)
      #expect(try bench.root.directory().status(of: "elsewhere") == nil)
      // When it is gone, all is well.
      if thing == "directory" { try directory.removeDirectory(target.name) } else { try directory.unlink(target.name) }
      try bench.open()
      try bench.send(Conformance.numbered(1))
      try bench.expect([Conformance.numbered(1)])
    }

    /// In a process of its own, where nobody else opens anything.
    @Test(arguments: TransportKind.allCases.map(\.rawValue)) func openingAndClosingLeavesNoDescriptor(
      _ kind: String
    ) async {
      await #expect(processExitsWith: .success) { [kind] in
        let bench = try TransportBench(try #require(TransportKind(rawValue: kind)))
        let reply = #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#
        func count() throws -> Int { try Directory.open("/proc/self/fd").names().count }
        var first = 0
        for number in 0..<12 {
          try bench.open()
          try bench.send(Conformance.numbered(number))
          let job = try bench.startRequest(reply)
          try bench.run { job.isOver }
          try bench.close()
          if number == 0 { first = try count() }
        }
        // The last of a thread's descriptors go with the thread, which may take a moment longer.
        try bench.run { try count() <= first }
      }
    }

    @Test(arguments: [TransportKind.socket, .fifo, .runFile]) func theObjectsHaveTheirModeAndOwner(
      _ kind: TransportKind
    ) throws {
      let bench = try TransportBench(kind)
      try bench.open()
      let names: [TransportKind: [String]] = [
        .socket: ["mcp.sock"], .fifo: ["mcp.fifo"], .runFile: ["mcp.lock", "mcp_in.json"],
      ]
      for name in names[kind] ?? [] {
        let status = try #require(try Directory.open(bench.run).status(of: name))
        #expect(status.mode == 0o660)
        #expect(status.uid == Process.effectiveUser)
      }
    }
  }
}
