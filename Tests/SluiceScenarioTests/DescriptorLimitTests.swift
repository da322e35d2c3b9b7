import SluiceSystem
import Testing

/// A relay that may open few files, with many drops on their way.
@Suite(.serialized, .printsLogs) struct DescriptorLimitTests {
  private static let limited = ["/bin/bash", "-c", #"ulimit -n 96; exec "$@""#, "bash"]
  private static let count = 250
  private static let client = """
    set -C
    for ((n = 1; n <= $1; n++)); do
      until { echo '{"method":"note","params":{"label":"drop-'$n'"}}' > "$DROP"; } 2>/dev/null; do
        kill -0 "$2" || exit 1
      done
    done
    """

  /// Claims that were taken a moment ago are held open for late writers, as far as there are descriptors.
  @Test(arguments: [false, true])
  func manyDropsDoNotEndIt(hasServer: Bool) throws {
    try Rehearsal.run { channel in
      let gate = "\(channel.root)/go"
      let handler = #"while [ ! -e \#(gate) ]; do sleep 0.02; done; cat >>"$1"; echo '{"result":"pong"}'"# + "\n"
      try channel.configure(try channel.scriptHandler(handler))
      try channel.serve("--phase", "run-file")
      let relay = try channel.launch("relay", ["relay"], before: Self.limited)
      try relay.waitUntilReady()
      try channel.waitForRelay()
      if !hasServer { try channel.killServices("serve") }
      let outcome = try channel.shell(Self.client, "\(Self.count)", "\(relay.pid)")
      #expect(outcome.status == 0, "\(outcome)")
      try eventually("all are spooled") { try channel.spooled.count { $0.hasPrefix("mc") } == Self.count }
      #expect(relay.isRunning && !relay.log.contains("open files"), "\(relay.log.prefix(2000))")
      if !hasServer { try channel.serve("--phase", "run-file") }
      try Files.write(gate, "")
      try channel.waitUntilDrained()
      #expect(try Files.lines(channel.record) == (1...Self.count).map { LegacyWriter.message("drop", $0) })
      try channel.expectOneEndEach()
    }
  }
}
