import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import SluiceWire
import Testing

@testable import SluiceTransports

/// Every way in which old clients are known to write a drop: each message comes once, byte for byte.
extension TransportTests {
  @Suite struct DropWriters {
    /// A case of the catalogue: its number, what it needs, and a script in which `MSG` is the message, quoted for the shell.
    struct Writer: Sendable, CustomTestStringConvertible {
      let name: String
      let script: String
      var program: String?
      var testDescription: String { name }
    }

    static let writers = [
      Writer(name: "15 echo >", script: "echo MSG > mcp_in.json"),
      Writer(name: "15 printf >", script: "printf %s MSG > mcp_in.json"),
      Writer(name: "15 dd", script: "echo MSG | dd of=mcp_in.json bs=1 2>/dev/null"),
      Writer(
        name: "15 white space around", script: "(printf '\\n\\n'; printf %s MSG; printf '\\r\\n \\n') > mcp_in.json"),
      Writer(name: "16 echo >> to an absent path", script: "echo MSG >> mcp_in.json"),
      Writer(name: "17 mv on one filesystem", script: "echo MSG > .tmp; mv .tmp mcp_in.json"),
      Writer(
        name: "17 mv of a file from the future",
        script: "echo MSG > .tmp; touch -d 2099-01-01 .tmp; mv .tmp mcp_in.json"),
      Writer(name: "17 mv of a file without any mode", script: "(umask 777; echo MSG > .tmp); mv .tmp mcp_in.json"),
      Writer(name: "18 mv across filesystems", script: "f=$(mktemp -p /dev/shm); echo MSG > $f; mv $f mcp_in.json"),
      Writer(name: "19 cp", script: "echo MSG > .tmp; cp .tmp mcp_in.json"),
      Writer(name: "19 cp -p", script: "echo MSG > .tmp; cp -p .tmp mcp_in.json"),
      Writer(name: "20 tee", script: "echo MSG | tee mcp_in.json"),
      Writer(name: "21 sponge", script: "echo MSG | sponge mcp_in.json", program: "sponge"),
      Writer(name: "22 ln, rm", script: "echo MSG > .tmp; ln .tmp mcp_in.json; rm .tmp"),
      Writer(
        name: "23 O_TMPFILE and linkat, closed later",
        script: python(
          "f = os.open('.', os.O_TMPFILE | os.O_WRONLY); os.write(f, text)\n"
            + "os.link(f'/proc/self/fd/{f}', 'mcp_in.json', src_dir_fd=0); time.sleep(0.3)"), program: "python3"
      ),
      // It sets the mode by the path after it has closed the file: that may fail, the message is there.
      Writer(name: "24 install", script: "echo MSG > .tmp; install -m 600 .tmp mcp_in.json 2>/dev/null || true"),
      Writer(
        name: "25 a slow writer",
        script: python(
          "f = open('mcp_in.json', 'wb', 0)\n"
            + "for i in range(5): f.write(text[i * 10:i * 10 + 10 if i < 4 else None]); time.sleep(0.2)"),
        program: "python3"),
      Writer(name: "26 python", script: python("open('mcp_in.json', 'wb').write(text)"), program: "python3"),
      Writer(
        name: "27 a mapping that changes after the close",
        script: python(
          "f = os.open('mcp_in.json', os.O_RDWR | os.O_CREAT); os.truncate(f, len(text))\n"
            + "m = mmap.mmap(f, len(text)); os.close(f); time.sleep(0.3); m[:] = text; m.close()"), program: "python3"),
      Writer(
        name: "31 vim", script: "echo MSG > .tmp; vim -es -u NONE -i NONE -n -c 'w! mcp_in.json' -c 'qa!' .tmp",
        program: "vim"),
      Writer(
        name: "32 noclobber", script: "until (set -C; echo MSG > mcp_in.json) 2>/dev/null; do :; done"),
      Writer(name: "33 waits until it is gone", script: "echo MSG > mcp_in.json; while [ -e mcp_in.json ]; do :; done"),
    ]

    private static func python(_ script: String) -> String {
      "python3 -c \"import mmap, os, sys, time\ntext = sys.argv[1].encode()\n\(script)\" MSG"
    }

    @Test("Writers 15-34", arguments: writers)
    func writer(_ writer: Writer) throws {
      if let program = writer.program, !Self.isInstalled(program) {
        return print("skipped: \(writer.name): \(program) is not installed")
      }
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let messages = (0..<3).map { #"{"method":"m","params":{"number":\#($0),"text":"a longer one, with % and é"}}"# }
      for (number, message) in messages.enumerated() {
        try bench.shell(writer.script.replacing("MSG", with: "'\(message)'"))
        try bench.run { bench.sink.texts.count > number }
      }
      try bench.expect(messages)
      #expect(bench.sink.notices == [])
      #expect(try Directory.open(bench.claims).names() == [])
    }

    private static func isInstalled(_ program: String) -> Bool {
      ((try? Directory.open("/usr/bin").status(of: program)) ?? nil) != nil
    }

    @Test("Writers 31: sed -i on a drop that waits") func sedInPlace() throws {
      let bench = try TransportBench(.fileDrop)
      let held = FileDropHold(bench)
      try held.open()
      try bench.shell("echo '{\"method\":\"TEMPLATE\"}' > mcp_in.json; sed -i s/TEMPLATE/ping/ mcp_in.json")
      held.release()
      try bench.expect([#"{"method":"ping"}"#])
    }

    /// Where the claim comes late, touch and echo have written one file: the witness sees two writers and keeps it aside.
    @Test("Writers 34: touch, then echo >: one message, or kept aside as contended; the empty file is ignored")
    func touchThenEcho() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      for number in 0..<5 {
        let message = Conformance.numbered(number)
        try bench.shell("touch mcp_in.json; echo '\(message)' > mcp_in.json")
        try bench.run { bench.sink.arrivals.count > number }
        let arrival = try #require(bench.sink.arrivals.last)
        #expect(arrival.text.split(separator: "\n") == [Substring(message)])
        #expect(arrival.refusal == nil || arrival.refusal?.reason.hasPrefix("contended") == true)
      }
      try bench.run { bench.receiver?.isIdle == true }
      #expect(bench.sink.arrivals.count == 5)
    }

    /// When the client that writes after a `touch` opens the file.
    enum SecondOpening: String, CaseIterable, Sendable {
      /// After the empty file was claimed: it makes a file of its own.
      case anew
      /// It had found the empty file at the path, and opens it when it was claimed, or was even given up as empty.
      case claimed, givenUp
    }

    @Test(
      "Writers 34: touch, then echo >, in each order with a quick relay: one message",
      arguments: SecondOpening.allCases)
    func touchThenEchoInEachOrder(_ opening: SecondOpening) throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let message = Conformance.numbered(1)
      // A reader's descriptor stands for the place in open(2) where the second client is held up.
      let wait = opening == .givenUp ? "while [ -e .claims-test/claims/c* ]; do sleep 0.01; done" : ":"
      let target = opening == .anew ? "mcp_in.json" : "/proc/self/fd/7"
      let started = Clock.monotonic
      try bench.shell(
        """
        touch .draft; exec 7< .draft; mv .draft mcp_in.json
        while [ -e mcp_in.json ]; do :; done
        \(wait)
        echo '\(message)' > \(target)
        while [ -e mcp_in.json ]; do :; done
        echo '\(Conformance.numbered(2))' > mcp_in.json
        """)
      try bench.run { bench.sink.arrivals.count >= 2 }
      // The empty file holds nothing up.
      let taken = Clock.monotonic - started
      #expect(opening == .givenUp || taken < ClaimInspection.emptyPatience, "\(taken / 1_000_000) ms")
      // What is found after the file was given up comes behind what was dropped meanwhile.
      let texts = [message, Conformance.numbered(2)]
      #expect(opening == .givenUp ? Set(bench.sink.texts) == Set(texts) : bench.sink.texts == texts)
      try bench.run { bench.receiver?.isIdle == true }
      #expect(bench.sink.arrivals.count == 2)
    }

    @Test("Writers 28: two texts with a pause between are two messages of one drop") func twoTextsWithAPause() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let texts = [Conformance.numbered(1), Conformance.numbered(2)]
      try bench.shell("{ echo '\(texts[0])'; sleep 0.5; echo '\(texts[1])'; } > mcp_in.json")
      try bench.expect(texts)
      let ids = bench.sink.arrivals.compactMap(\.id)
      #expect(Set(ids.map { $0.dropLast(2) }).count == 1 && ids.map { $0.suffix(2) } == ["-0", "-1"])
    }

    @Test("Competition 40: who truncates a file that is being copied waits, or the copy is made again")
    func truncationDuringTheCopy() throws {
      let bench = try TransportBench(.fileDrop)
      bench.messageLimit = 1 << 20
      try bench.open()
      // One writer keeps its descriptor's path through /proc and truncates and rewrites while the relay copies.
      let pad = String(repeating: "x", count: 500_000)
      let script = """
        import os
        texts = [('{"method":"%s","pad":"%s"}' % (c * 4, c * 500000)).encode() for c in 'ab']
        for i in range(20):
            f = os.open('mcp_in.json', os.O_WRONLY | os.O_CREAT | os.O_TRUNC); os.write(f, texts[0])
            g = os.open(f'/proc/self/fd/{f}', os.O_WRONLY)
            os.close(f); os.ftruncate(g, 0); os.pwrite(g, texts[1], 0); os.close(g)
        """
      try bench.root.write("drop/.client.py", script)
      try bench.shell("python3 .client.py")
      try bench.run { bench.receiver?.isIdle == true }
      let whole = Set(
        "ab".map {
          #"{"method":"\#(String(repeating: $0, count: 4))","pad":"\#(pad.replacing("x", with: String($0)))"}"#
        })
      #expect(!bench.sink.arrivals.isEmpty)
      for arrival in bench.sink.arrivals where arrival.refusal == nil { #expect(whole.contains(arrival.text)) }
    }

    @Test("Competition 42: two paths at once keep an order of their own") func twoPaths() throws {
      let bench = try TransportBench(.fileDrop)
      try bench.open()
      let script = ["mcp_in.json", "mcp_bad.json"].map {
        "(n=0; while [ $n -lt 30 ]; do if (set -C; echo '{\"method\":\"m\",\"n\":'$n'}' > \($0)) 2>/dev/null; then n=$((n+1)); fi; done) &"
      }
      try bench.shell(script.joined(separator: "\n") + "\nwait\n")
      try bench.run { bench.sink.arrivals.count >= 60 && bench.receiver?.isIdle == true }
      let texts = (0..<30).map { #"{"method":"m","n":\#($0)}"# }
      #expect(bench.sink.texts == texts)
      #expect(bench.sink.arrivals.filter { $0.refusal != nil }.map(\.text) == texts.map { $0 + "\n" })
    }
  }
}

/// A receiver that leaves drops where they are until it is told to take them.
final class FileDropHold {
  private let bench: TransportBench
  init(_ bench: TransportBench) { self.bench = bench }
  func open() throws {
    try bench.open()
    (bench.receiver as? FileDropReceiver)?.hold(true)
    // The claimer may be on its way to one more look.
    let end = Clock.monotonic + 100_000_000
    while Clock.monotonic < end { try bench.turn() }
  }
  func release() { (bench.receiver as? FileDropReceiver)?.hold(false) }
}
