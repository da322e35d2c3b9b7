import SluiceSystem
import SluiceTestSupport
import Testing

/// Writers that are let in one at a time (relay.md's loads A, B and D), and a relay that stops answering.
@Suite(.serialized, .printsLogs, .enabled(if: Privilege.isRoot, "needs CAP_SYS_ADMIN"))
struct GateScenarioTests {
  /// Four clients; `KIND` is how each writes its messages: at full speed with `>`, slowly in four writes, with `>>`, or
  /// with `mv` of a file that was made beside the slot.
  private static let clients = """
    exec {quiet}<> <(:)
    rest() { read -rt "${1:-0.0007}" -u "$quiet" || true; }
    append='
    import json, os, sys
    for i in range(int(sys.argv[2])):
        n = sys.argv[1] + str(i + 1000)
        f = os.open(os.environ["SLOT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        text = json.dumps({"method": "note", "params": {k: n for k in "abcd"}}) + "\\n"
        os.write(f, text.encode())
        os.close(f)
    '
    client() {
      if [[ $1 == append ]]; then
        # As fast as it can: a shell is too slow to come between any two steps of the relay.
        python3 -c "$append" "$2" "$3"
        return
      fi
      for ((i = 0; i < $3; i++)); do
        n=$2$((i + 1000))
        m='{"method":"note","params":{"a":"'$n'","b":"'$n'","c":"'$n'","d":"'$n'"}}'
        case $1 in
          fast) echo "$m" > "$SLOT" ;;
          # mv of coreutils 9 fails where the file that it found at its target is gone when it looks at it.
          move) echo "$m" > "$SLOT.$2"; until mv "$SLOT.$2" "$SLOT" 2>/dev/null; do :; done ;;
          slow)
            { printf '%s' "${m:0:40}"; rest; printf '%s' "${m:40:12}"; rest; printf '%s' "${m:52:12}"; rest
              printf '%s\\n' "${m:64}"; } > "$SLOT" ;;
        esac
      done
    }
    export SLOT=$ROOT/srv/mcp_in.json
    for name in w x y z; do client "$1" "$name" "$2" & done
    wait
    """

  private func run(_ ingress: String, _ body: (Rehearsal, Service) throws -> Void) throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try Directory.open(channel.root).makeDirectory("srv", mode: 0o777)
      try channel.configure(
        try channel.scriptHandler(handler),
        legacy: #"input: "/srv/mcp_in.json", bad: "/srv/mcp_bad.json", ingress: "\#(ingress)""#)
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try body(channel, relay)
    }
  }

  /// A sender of ours that was killed leaves its draft beside the path: the relay may be started all the same.
  @Test func aDraftOfOurOwnIsNobodyElses() throws {
    try run("gate") { channel, relay in
      relay.kill()
      try Files.write("\(channel.root)/srv/.mcp_in.json.0123456789abcdef", "{")
      try channel.relay()
      try channel.waitForRelay()
    }
  }

  private func isDrained(_ channel: Rehearsal) throws -> Bool {
    let own = "\(channel.root)/srv/.parrot-mcp-relay-0"
    let status = try channel.status()
    return try status.number("inFlight") == 0 && status.number("relayPending") == 0
      && !Files.exists("\(channel.root)/srv/mcp_in.json") && Files.names("\(own)/claims").isEmpty
      && Files.names("\(channel.state)/spool").filter { !$0.hasPrefix("f") && !$0.hasPrefix(".") }.isEmpty
  }

  /// (delivered intact, torn, files in which clients met that could not wait for each other any longer)
  private func load(_ ingress: String, _ kind: String, _ count: Int) throws -> (Int, Int, Int) {
    var result = (0, 0, 0)
    try run(ingress) { channel, _ in
      let outcome = try channel.shell(Self.clients, kind, "\(count)")
      #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome)")
      try eventually("all of it is taken", seconds: 60) { try isDrained(channel) }
      let lines = try Files.lines(channel.record)
      let intact = Set(lines.filter { !Self.isMixed($0) })
      #expect(intact.count == lines.count { !Self.isMixed($0) }, "something came twice")
      result = (intact.count, lines.count - intact.count, try channel.keptNames().count)
      if ingress == "gate" {
        let kept = try JSONText.object(try channel.sluice("--json", "quarantine", "list").output).objects("quarantine")
        // Whoever was let in beside another is said to have been; none came past the gate.
        #expect(kept.allSatisfy { $0.text("reason")?.contains("contended: a client kept") == true }, "\(kept)")
        let seen = try JSONText.object(try channel.sluice("--json", "verify").output).objects("witness")
        let overwritten = seen.map { $0.number("overwritten") }
        #expect(!seen.isEmpty && overwritten.allSatisfy { $0 == 0 }, "\(seen)")
      }
      try channel.expectOneEndEach()
    }
    return result
  }

  private static func isMixed(_ line: String) -> Bool {
    guard let object = try? JSONText.object(line), let parameters = object.object("params") else { return true }
    return Set(["a", "b", "c", "d"].map { parameters.text($0) ?? "" }).count != 1
  }

  @Test(arguments: ["fast", "slow", "append", "move"]) func nothingIsLostOrTorn(_ kind: String) throws {
    let count = FullSizeTests.isFull ? 150 : kind == "append" ? 400 : 50
    let watched = try load("watch", kind, count)
    let gated = try load("gate", kind, count)
    print("gate, \(kind): \(gated.0) of \(4 * count) intact, \(gated.1) torn; watch: \(watched.0), \(watched.1) torn")
    // Nobody is kept waiting for more than a second: on a busy machine that ends some turns early, and what was written
    // together then is kept aside whole, at most one message of each client in a file.
    #expect(gated.1 == 0 && gated.0 + 4 * gated.2 >= 4 * count)
    if FullSizeTests.isFull { #expect(gated == (4 * count, 0, 0)) }
  }

  @Test func whatIsMovedThereArrivesToo() throws {
    try run("gate") { channel, _ in
      let slot = "\(channel.root)/srv/mcp_in.json"
      for number in 0..<10 {
        let outcome = try channel.shell(
          #"echo "{\"method\":\"m\#(number)\"}" > "$1.t"; mv "$1.t" "$1"; while [ -e "$1" ]; do sleep 0.01; done"#, slot
        )
        #expect(outcome.status == 0, "\(outcome)")
      }
      try eventually("all of it is taken") { try isDrained(channel) }
      #expect(try Files.lines(channel.record) == (0..<10).map { #"{"method":"m\#($0)"}"# })
    }
  }

  /// Names that come and go make the claimer look at the slot all the time, so that drops appear between any two steps.
  @Test func nothingComesPastTheGate() throws {
    try run("gate") { channel, _ in
      let script = #"""
        import os, signal, time
        os.chdir(os.environ["ROOT"] + "/srv")
        noise = os.fork()
        while noise == 0:
            os.symlink("x", "mcp_noise")
            os.unlink("mcp_noise")
        for i in range(100):
            f = os.open("mcp_in.json", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.write(f, b'{"method":"m"}\n')
            os.close(f)
            time.sleep(0.001)
        os.kill(noise, signal.SIGKILL)
        os.wait()
        """#
      let program = try RunningProgram(["python3", "-c", script], variables: channel.clientVariables)
      let outcome = try program.end()
      #expect(outcome.status == 0, "\(outcome)")
      try eventually("all of it is taken") { try isDrained(channel) }
      #expect(try Files.lines(channel.record).count == 100)
      var proofs: [String] = []
      try eventually("the relay's log has all of them") {
        proofs = try Files.lines(channel.relayLog).filter { $0.contains(#""bytes":14,"proof":"#) }
        return proofs.count >= 100
      }
      let others = proofs.filter { !$0.contains(#""proof":"gated""#) }
      #expect(proofs.count == 100 && others.isEmpty, "\(others.count) of \(proofs.count): \(others.first ?? "")")
    }
  }

  /// It may be anybody's: it is neither emptied nor read while its other name stays.
  @Test func aFileWithAnotherNameStaysAsItIs() throws {
    try run("gate") { channel, _ in
      let outcome = try channel.shell(
        #"echo '{"method":"secret"}' > "$ROOT/other"; ln "$ROOT/other" "$ROOT/srv/mcp_in.json""#)
      #expect(outcome.status == 0, "\(outcome)")
      try eventually("it is refused") { try isDrained(channel) }
      #expect(try Files.lines("\(channel.root)/other") == [#"{"method":"secret"}"#])
      #expect(try !Files.exists(channel.record))
    }
  }

  /// A file that was moved there while its writer still has it open, and one that comes from elsewhere.
  @Test func whatIsStillWrittenIsWaitedFor() throws {
    try run("gate") { channel, _ in
      let script = #"""
        cd "$ROOT/srv"; exec 7> mcp_in.json.a; mv mcp_in.json.a mcp_in.json
        printf '{"method":' >&7; while [ -e mcp_in.json ]; do sleep 0.01; done
        exec 8>> mcp_in.json; printf '{"method":"second"}\n' >&8; exec 8>&-
        printf '"first"}\n' >&7; exec 7>&-
        echo '{"method":"third"}' > "$ROOT/elsewhere"; mv "$ROOT/elsewhere" mcp_in.json
        """#
      let outcome = try channel.shell(script)
      #expect(outcome.status == 0, "\(outcome)")
      try eventually("all of it is taken") { try isDrained(channel) && Files.lines(channel.record).count == 3 }
      let texts = Set(["first", "second", "third"].map { #"{"method":"\#($0)"}"# })
      #expect(try Set(Files.lines(channel.record)) == texts)
    }
  }

  /// A relay that is stopped, or killed, while clients write: none of them waits for longer than a second.
  @Test(arguments: ["STOP", "KILL"]) func noWriterWaitsForAHungRelay(_ signal: String) throws {
    try run("gate") { channel, relay in
      try channel.shell(#"echo '{"method":"before"}' > "$ROOT/srv/mcp_in.json""#)
      _ = try RunningProgram(["kill", "-s", signal, "\(relay.pid)"]).end()
      let started = Clock.monotonic
      let outcome = try channel.shell(#"echo '{"method":"after"}' > "$ROOT/srv/mcp_in.json""#)
      let waited = Clock.monotonic - started
      #expect(outcome.status == 0 && waited < 1_000_000_000, "waited \(waited / 1_000_000) ms; \(outcome)")
      print("gate, relay \(signal): the next writer was let in after \(waited / 1_000_000) ms")
      #expect(try relay.end() != 0)
      try channel.relay()
      try eventually("both arrive") { try Files.lines(channel.record).count == 2 }
      #expect(try Files.lines(channel.record) == [#"{"method":"before"}"#, #"{"method":"after"}"#])
    }
  }

  @Test func aSharedDirectoryIsRefused() throws {
    try Rehearsal.run { channel in
      try channel.configure("", legacy: #"ingress: "gate""#)
      let outcome = try channel.sluice("relay")
      #expect(outcome.status == 1 && outcome.errors.contains("everybody's"), "\(outcome)")
    }
  }
}
