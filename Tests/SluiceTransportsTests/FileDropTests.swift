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

    func receiver(_ bench: TransportBench) throws -> FileDropReceiver {
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

    @Test func aClaimIsCompleteBeforeItIsGone() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let claims = try Directory.open(bench.claims)
      var complete: [String] = []
      // A bench that held itself would keep the process's one watch from all later ones.
      bench.sink.whenCompleted = { [unowned bench] name in
        #expect((try? claims.status(of: name)) != .some(nil), "\(name) was gone already")
        #expect(!bench.book.retired.contains(name))
        complete.append(name)
      }
      try bench.shell("echo '\(Self.numbered(1))' > mcp_in.json")
      try bench.expect([Self.numbered(1)])
      try bench.run { bench.book.retired.count == 1 }
      #expect(complete == bench.book.retired)
      #expect(try claims.names().isEmpty)
    }

    /// Both threads claim, the one that is awake first.
    @Test func manyDropsComeInTheirOrder() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let count = 200
      let job = try bench.startSending((0..<count).map(Self.numbered))
      try bench.run { job.isOver && bench.sink.texts.count >= count }
      #expect(job.failed == [])
      #expect(bench.sink.texts == (0..<count).map(Self.numbered))
      #expect(bench.sink.arrivals.compactMap(\.id).sorted() == bench.sink.arrivals.compactMap(\.id))
    }

    /// A writer that is preempted between making the file and counting as its writer: nobody has it open, and it is empty.
    @Test func aFileWhoseWriterHasNotBegunYetIsWaitedFor() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let drop = try Directory.open(bench.drop)
      _ = try drop.open("mcp_in.json", .createNew(mode: 0o600))
      try bench.run { try drop.status(of: "mcp_in.json") == nil }
      for _ in 0..<5 { try bench.turn() }
      let claims = try Directory.open(bench.claims)
      let name = try #require(try claims.names().first)
      try claims.open(name, .readWrite).writeAll(Array(Self.numbered(1).utf8))
      try bench.expect([Self.numbered(1)])
    }

    /// What a child of the first writer's, started at that moment, holds for a moment.
    @Test(arguments: [(Int64.max, [1, 2]), (Int64(0), [2, 1])])
    func aDropWhoseWritersChildHasNotBegunYetComesFirst(_ patience: Int64, _ order: [Int]) throws {
      let bench = try TransportBench(.fileDrop)
      bench.orderPatience = patience
      try bench.open()
      let drop = try Directory.open(bench.drop)
      var copy: OwnedDescriptor? = try drop.open("mcp_in.json", .createNew(mode: 0o600))
      try copy?.writeAll(Array(Self.numbered(1).utf8))
      try bench.run { try drop.status(of: "mcp_in.json") == nil }
      try bench.shell("echo '\(Self.numbered(2))' > mcp_in.json")
      try bench.run { try drop.status(of: "mcp_in.json") == nil }
      if patience == 0 { try bench.run { bench.sink.texts.count == 1 } } else { for _ in 0..<5 { try bench.turn() } }
      copy = nil
      try bench.expect(order.map(Self.numbered))
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
  }
}
