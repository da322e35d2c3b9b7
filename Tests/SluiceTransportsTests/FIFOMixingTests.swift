import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import SluiceTransports
import SluiceWire
import Testing

/// Lines of a pipe among which other writers' bytes may stand.
extension TransportTests {
  @Suite struct FIFOMixing {
    private static func numbered(_ number: Int) -> String { Conformance.numbered(number) }

    private final class Writer {
      let end: OwnedDescriptor
      init(_ bench: TransportBench) throws {
        end = try Directory.open(bench.run).open("mcp.fifo", .writeEndOfFIFO)
      }
      func write(_ text: String) throws { try end.writeAll(Array(text.utf8)) }
    }

    private static func long(_ name: String) -> String {
      let pad = String(repeating: name, count: 5000)
      return #"{"method":"m","params":{"a":"\#(name)","pad":"\#(pad)","b":"\#(name)"}}"# + "\n"
    }

    /// The first piece of one long line and the last of another are a short line, and valid JSON.
    @Test("FIFO: a short mix of two long lines is no message") func aShortMixIsNoMessage() throws {
      let bench = try TransportBench(.fifo)
      bench.messageLimit = 1 << 17
      try bench.open()
      let (first, second) = (Self.long("x"), Self.long("y"))
      do {
        let (x, y) = (try Writer(bench), try Writer(bench))
        // Another's whole line stands behind the first piece of x, the last piece of x behind the first of y.
        try x.write(String(first.prefix(4500)))
        try Writer(bench).write(Self.numbered(1) + "\n")
        try y.write(String(second.prefix(60)))
        try x.write(String(first.suffix(40)))
        try Writer(bench).write(Self.numbered(2) + "\n")
        try y.write(String(second.dropFirst(60)))
        try bench.turn()
      }
      try Writer(bench).write(Self.numbered(3) + "\n")
      try bench.run { bench.messages.contains(Self.numbered(3)) }
      #expect(bench.messages == [Self.numbered(3)])
      let mix = String(second.prefix(60)) + first.suffix(40).dropLast()
      #expect((try? MessageReader().read(Array(mix.utf8))) != nil, "the mix would have been a message")
      #expect(bench.sink.arrivals.contains { $0.text == mix && $0.refusal?.reason.contains("other writers'") == true })
      #expect(bench.sink.arrivals.count == 5)
    }

    @Test("FIFO: junk alone keeps nothing back that came after it") func junkKeepsNothingBack() throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      do {
        let writer = try Writer(bench)
        try writer.write("{\"method\":\n" + Self.numbered(1) + "\n" + Self.numbered(2) + "\n")
        try bench.run { bench.sink.arrivals.count == 1 }
      }
      try bench.run { bench.messages.count == 2 && bench.receiver?.isIdle == true }
      #expect(bench.messages == [Self.numbered(1), Self.numbered(2)])
      try writeAndLeave("no brace\n" + Self.numbered(3) + "\n", bench)
      try bench.run { bench.messages.count == 3 && bench.receiver?.isIdle == true }
      #expect(bench.messages == (1...3).map(Self.numbered))
      #expect(bench.sink.arrivals.count == 5)
    }

    private func writeAndLeave(_ text: String, _ bench: TransportBench) throws { try Writer(bench).write(text) }

    @Test("FIFO: what comes behind a doubtful line while a writer stays is kept aside, and believed when it left")
    func aWriterThatStays() throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      do {
        let stays = try Writer(bench)
        try writeAndLeave("{\"method\":\n" + Self.numbered(1) + "\n", bench)
        try bench.run { bench.sink.arrivals.count == 2 }
        #expect(bench.messages == [])
        try stays.write(Self.numbered(2) + "\n")
      }
      try bench.run { bench.messages.count == 1 && bench.receiver?.isIdle == true }
      #expect(bench.messages == [Self.numbered(2)])
    }

    @Test("FIFO: a doubt outlives the process that had it") func aDoubtOutlivesTheProcess() throws {
      let bench = try TransportBench(.fifo, settling: .byHand)
      try bench.open()
      do {
        let stays = try Writer(bench)
        try stays.write("{\"method\":\n" + Self.numbered(1) + "\n")
        try bench.run { bench.sink.arrivals.count == 1 }
        let id = bench.sink.arrivals.first?.id
        try bench.kill()
        try bench.open()
        try bench.run { bench.sink.arrivals.count == 1 }
        #expect(bench.sink.arrivals.first?.id == id)
        try bench.turn()
        #expect(bench.messages.isEmpty)
      }
      bench.sink.settling = .inTheNextTurn
      try bench.run { bench.messages.count == 1 && bench.receiver?.isIdle == true }
      #expect(bench.messages == [Self.numbered(1)])
    }

    /// Four writers of long lines, two of them with the lock and the digest, and two of short ones: no mix is delivered,
    /// and nothing of what carries a digest or is short and undoubted is torn.
    @Test("FIFO: competing writers with and without the lock: no mix is a message") func competingWriters() throws {
      let bench = try TransportBench(.fifo)
      bench.messageLimit = 1 << 17
      try bench.open()
      let script = """
        import os, sys
        f = os.open('mcp.fifo', os.O_WRONLY)
        c, n, k = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        for i in range(30):
            text = ('{"method":"m","params":{"a":"%s-%02d","pad":"%s","b":"%s-%02d"}}\\n' % (c, i, c * n, c, i)).encode()
            while text: text = text[os.write(f, text[:k]):]
        """
      try bench.root.write("run/client.py", script)
      func message(_ c: Character, _ i: Int, _ length: Int) -> String {
        let id = "\(c)-\(i < 10 ? "0" : "")\(i)"
        return #"{"method":"m","params":{"a":"\#(id)","pad":"\#(String(repeating: c, count: length))","b":"\#(id)"}}"#
      }
      let jobs = try ["p", "q"].map { c in
        try bench.startSending((0..<30).map { message(Character(c), $0, 15_000) })
      }
      try bench.shell(
        "for c in w x; do python3 client.py $c 70000 1048576 & done; python3 client.py y 9000 700 &"
          + " for c in s t; do python3 client.py $c 100 4096 & done; wait")
      try bench.run { jobs.allSatisfy(\.isOver) && bench.receiver?.isIdle == true }
      let digests = Set("pq".flatMap { c in (0..<30).map { message(c, $0, 15_000) } })
      let short = Set("st".flatMap { c in (0..<30).map { message(c, $0, 100) } })
      var counts = (digest: 0, short: 0, mixes: 0)
      for text in bench.messages {
        if short.contains(text) {
          counts.short += 1
        } else if let range = text.firstRange(of: #""message":"#),
          digests.contains(String(text[range.upperBound...].dropLast()))
        {
          counts.digest += 1
        } else {
          counts.mixes += 1
        }
      }
      let kept = bench.sink.arrivals.count { $0.refusal != nil }
      print(
        "FIFO competition: \(counts.digest) of 60 with digest, \(counts.short) of 60 short, \(counts.mixes) mixes;"
          + " \(kept) lines kept aside")
      #expect(counts.mixes == 0 && Set(bench.messages).count == bench.messages.count)
      #expect(kept > 0)
    }

    @Test("FIFO: what a killed process left of going on in the next journal is put right", arguments: [false, true])
    func aJournalThatWasCarriedOver(_ isCut: Bool) throws {
      let bench = try TransportBench(.fifo)
      try bench.open()
      let spool = try Directory.open("\(bench.root.path)/spool")
      let (old, new) = ("f0000000000000001-0123456789abcdef", "f0000000000000002-0123456789abcdef")
      try bench.close()
      let half = String(Self.numbered(2).prefix(12))
      try spool.replaceFile(old, with: Array((Self.numbered(1) + "\n" + (isCut ? "" : half)).utf8), mode: 0o600)
      try spool.replaceFile(".\(new)", with: Array(half.utf8), mode: 0o600)
      // The other half is in the pipe.
      let pipe = try Directory.open(bench.run).open("mcp.fifo", .readEndOfFIFO)
      try Directory.open(bench.run).open("mcp.fifo", .writeEndOfFIFO).writeAll(
        Array((Self.numbered(2).dropFirst(12) + "\n").utf8))
      try bench.open()
      try bench.expect([Self.numbered(1), Self.numbered(2)])
      #expect(bench.sink.arrivals.allSatisfy { $0.refusal == nil })
      _ = pipe.raw
    }
  }
}
