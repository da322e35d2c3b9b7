import Testing

/// The real relay with drops that stay readable, under clients that look at the file after they wrote it.
@Suite(.serialized, .printsLogs)
struct LingerScenarioTests {
  private static let harness = """
    set -euo pipefail
    for ((i = 1; i <= $1; i++)); do
      message='{"method":"note","params":{"label":"'$i'"}}'
      echo "$message" > "$DROP"
      [[ $(cat "$DROP") == "$message" ]]
      sleep 0.1
      [ -f "$DROP" ]
      rm -f "$DROP"
    done
    """

  @Test func theHarnessOfOldDeploymentsPasses() throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try channel.configure(
        try channel.scriptHandler(handler), legacy: #"consume: "linger", linger: "500ms", log: "/logs/old.log""#)
      try channel.serve()
      let relay = try channel.relay()
      try channel.waitForRelay()
      try relay.waitUntilSaid("drops stay readable for 500ms")
      try channel.apply("run-file")
      let outcome = try channel.shell(Self.harness, "20")
      #expect(outcome.status == 0, "\(outcome)")
      // Nobody removes this one: it goes by itself, and back to the old server nothing is left that has been handled.
      let last = #"{"method":"note","params":{"label":"last"}}"#
      try channel.shell(#"echo "$1" > "$DROP"; echo junk > "${DROP%in.json}bad.json""#, last)
      try channel.waitUntilDrained()
      let labels = (1...20).map { #"{"method":"note","params":{"label":"\#($0)"}}"# }
      #expect(try Files.lines(channel.record) == labels + [last])
      // The old server's log goes on, in the words that old tests look for.
      let log = try Files.lines("\(channel.root)/logs/old.log")
      #expect(log.count { $0.hasSuffix("[INFO] received note") } == 21, "\(log)")
      #expect(log.count { $0.contains("[ERROR] error: malformed message in ") && $0.hasSuffix("bad.json") } == 1)
      try channel.expectOneEndEach()
      try channel.rollback("file-drop")
      #expect(try !Files.exists(channel.drop))
    }
  }
}
