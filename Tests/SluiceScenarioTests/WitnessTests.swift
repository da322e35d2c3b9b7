import SluiceChannel
import SluiceSystem
import SluiceTestSupport
import Testing

/// What the relay says of concurrent writers, with and without the right to see them.
@Suite(.serialized, .printsLogs)
struct WitnessTests {
  /// Four clients write the same shape at once, in several writes each: their mixes may well be valid JSON. The number
  /// stands in a message four times, so that a mix shows.
  private static let clients = """
    mix() { m='{"method":"note","params":{"a":"'$1'","b":"'$1'","c":"'$1'","d":"'$1'"}}'; }
    exec {quiet}<> <(:)
    rest() { read -rt 0.0007 -u "$quiet" || true; }
    client() {
      for ((i = 0; i < 60; i++)); do
        mix "$1$((i + 100))"
        { printf '%s' "${m:0:40}"; rest; printf '%s' "${m:40:12}"; rest; printf '%s' "${m:52:12}"; rest
          printf '%s\\n' "${m:64}"; } > "$DROP" || true
        rest
      done
    }
    for name in w x y z; do client "$name" & done
    wait
    """

  private static func isMixed(_ line: String) -> Bool {
    guard let object = try? JSONText.object(line), let parameters = object.object("params") else { return true }
    return Set(["a", "b", "c", "d"].map { parameters.text($0) ?? "" }).count != 1
  }

  private func compete(_ user: [String], _ body: (Rehearsal, _ mixes: Int, _ delivered: Int) throws -> Void) throws {
    try Rehearsal.run { channel in
      let handler = #"read -r line; printf '%s\n' "$line" >>"$1"; echo '{"result":"pong"}'"#
      try channel.configure(try channel.scriptHandler(handler))
      try channel.serve()
      let relay = try channel.launch("relay", ["relay"], before: user)
      try relay.waitUntilReady()
      try channel.waitForRelay()
      try channel.apply("run-file")
      let outcome = try channel.shell(Self.clients)
      #expect(outcome.status == 0, "\(outcome)")
      try channel.waitUntilDrained()
      let lines = try Files.lines(channel.record)
      try body(channel, lines.count { Self.isMixed($0) }, lines.count)
      try channel.expectOneEndEach()
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs CAP_SYS_ADMIN"))
  func noMixIsDeliveredUnderTheWitness() throws {
    try compete([]) { channel, mixes, delivered in
      #expect(mixes == 0 && delivered > 0, "\(mixes) mixes of \(delivered)")
      let proofs = try Files.lines(channel.relayLog).filter { $0.contains(#""event":"message""#) }
      #expect(proofs.allSatisfy { $0.contains(#""proof":"witnessed""#) }, "\(proofs.prefix(3))")
      print("witness: \(delivered) of 240 delivered, \(try channel.keptNames().count) files aside, \(mixes) mixes")
    }
  }

  @Test(.enabled(if: Privilege.isRoot, "needs root, to give a right away"))
  func withoutTheWitnessEachMessageSaysSo() throws {
    let fewer = ["setpriv", "--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", "--"]
    try compete(fewer) { channel, mixes, delivered in
      let proofs = try Files.lines(channel.relayLog).filter { $0.contains(#""event":"message""#) }
      #expect(!proofs.isEmpty && proofs.allSatisfy { $0.contains(#""proof":"leased""#) }, "\(proofs.prefix(3))")
      print("no witness: \(delivered) of 240 delivered, \(mixes) mixes among them")
    }
  }
}
