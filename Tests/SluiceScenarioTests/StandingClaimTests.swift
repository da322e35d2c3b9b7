import SluiceSystem
import Testing

/// A message that is sent straight from its claim, which stands for it until the server has settled it.
@Suite(.serialized, .printsLogs) struct StandingClaimTests {
  private static let message = #"{"method":"note","params":{"label":"turn-1"}}"#

  @Test func aCopyIsMadeWhereTheServerTakesLong() throws {
    try Rehearsal.run { channel in
      let gate = "\(channel.root)/go"
      try channel.configure(
        try channel.scriptHandler(
          #"cat >>"$1"; while [ ! -e \#(gate) ]; do sleep 0.02; done; echo '{"result":"pong"}'"# + "\n"))
      try channel.open("run-file")
      try channel.dropOne(Self.message)
      try channel.waitUntilHandled(Self.message)
      try eventually("its claim is gone, its copy is there") {
        try channel.claims.isEmpty && channel.spooled.count == 1
      }
      // Whoever is killed now finds it there, and the server knows it.
      try channel.killServices("relay")
      try channel.relay()
      try channel.waitForRelay()
      try Files.write(gate, "")
      try channel.waitUntilDrained()
      #expect(try channel.claims.isEmpty && channel.spooled.isEmpty)
      #expect(try Files.lines(channel.record) == [Self.message])
      try channel.expectOneEndEach()
    }
  }

  /// A killed relay sent it, and the next one cannot read its claim yet: it names the message to the server all the same,
  /// which would forget it otherwise, and handle it again when the claim is read.
  @Test(.enabled(if: StopPoint.isCompiledIn, "the build has no stop points"))
  func whatAKilledRelaySentIsNotForgotten() throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve("--phase", "run-file")
      // The first that it sends is the time without a relay.
      let relay = try channel.launch("relay", ["relay"], more: ["SLUICE_STOP=\(StopPoint.sent.rawValue):2"])
      try channel.waitForRelay()
      try channel.dropOne(Self.message)
      #expect(try relay.end() != 0)
      let claim = try #require(try channel.claims.first)
      #expect(try channel.claims.count == 1 && channel.spooled.isEmpty)
      try channel.waitUntilHandled(Self.message)
      let path = "\(channel.root)/tmp/.parrot-mcp-relay-\(Process.effectiveUser)/claims/\(claim)"
      let writer = try RunningProgram(
        ["/bin/bash", "-c", #"exec 3>>"$1"; echo open; read -r"#, "writer", path], keepsInput: true)
      try writer.until("open") { $0.contains("open") }
      try channel.relay()
      try channel.waitForRelay()
      #expect(try channel.claims == [claim], "its writer has it open")
      writer.closeInput()
      _ = try writer.end()
      try channel.waitUntilDrained()
      #expect(try channel.claims.isEmpty)
      #expect(try Files.lines(channel.record) == [Self.message])
      try channel.expectOneEndEach()
    }
  }
}
