import SluiceSystem
import SluiceTestSupport
import Testing

/// A client that has found a drop at its path and writes when that was taken and removed.
@Suite(.serialized, .printsLogs)
struct LateWriteTests {
  /// A reader's descriptor stands for the place in open(2) where the client was held up.
  private static let client = """
    echo "$1" > "$DROP.draft"; exec 7< "$DROP.draft"; mv "$DROP.draft" "$DROP"
    while [ -e "$DROP" ]; do :; done
    while ls "$ROOT"/tmp/.parrot-mcp-relay-*/claims/c* >/dev/null 2>&1; do :; done
    echo "$2" >> /proc/self/fd/7
    """
  private static let texts = [#"{"method":"first"}"#, #"{"method":"second"}"#]

  private func run(_ more: [String] = [], _ body: (Rehearsal, Service) throws -> Void) throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try channel.configure(try channel.scriptHandler(handler))
      try channel.serve()
      let first = try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      first.kill()
      let relay = try channel.launch("relay", ["relay"], more: more)
      try channel.waitForRelay()
      let outcome = try channel.shell(Self.client, Self.texts[0], Self.texts[1])
      #expect(outcome.status == 0, "\(outcome)")
      try body(channel, relay)
      for text in Self.texts { try channel.waitUntilHandled(text) }
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record) == Self.texts)
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }

  @Test func whatIsWrittenAfterTheEndIsAMessageOfItsOwn() throws { try run { _, _ in } }

  @Test(.enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func aKillAfterItWasKeptNeitherLosesNorDoublesIt() throws {
    try run(["SLUICE_STOP=\(StopPoint.lateCopied.rawValue):1"]) { channel, relay in
      try eventually("the relay is killed") { !relay.isRunning }
      relay.kill()
      try channel.relay()
      try channel.waitForRelay()
    }
  }

  /// Who writes again and again to a file that was taken waits for room as whoever drops does.
  @Test func whoWritesForEverFillsNothing() throws {
    let client = """
      echo "$1" > "$DROP.draft"; exec 7< "$DROP.draft"; mv "$DROP.draft" "$DROP"
      while [ -e "$DROP" ] || ls "$ROOT"/tmp/.parrot-mcp-relay-*/claims/c* >/dev/null 2>&1; do :; done
      for ((n = 1; n <= 50; n++)); do echo "{\\"method\\":\\"late-$n\\"}" >> /proc/self/fd/7; sleep 0.06; done
      """
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try channel.configure(try channel.scriptHandler(handler) + "relay: { pending: 3 }")
      try channel.open("run-file")
      // Now nothing ends.
      try channel.killServices("serve")
      let outcome = try channel.shell(client, Self.texts[0])
      #expect(outcome.status == 0, "\(outcome)")
      let waiting = try channel.claims.count + channel.spooled.count
      #expect(waiting < 12, "\(waiting) files for one writer")
      try channel.serve("--phase", "run-file")
      for number in [1, 50] { try channel.waitUntilHandled(#"{"method":"late-\#(number)"}"#) }
      try channel.waitUntilDrained()
      #expect(
        try Files.lines(channel.record) == [Self.texts[0]] + (1...50).map { #"{"method":"late-\#($0)"}"# })
      try channel.expectOneEndEach()
    }
  }
}
