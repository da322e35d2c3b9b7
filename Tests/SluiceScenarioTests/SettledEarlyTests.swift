import SluiceChannel
import SluiceSystem
import Testing

/// A message that the server has settled while its claim is still there: it goes on being named to the server until the
/// claim is gone, since a restart would read the claim again.
@Suite(.serialized, .printsLogs, .enabled(if: StopPoint.isCompiledIn, "the build has no planted faults"))
struct SettledEarlyTests {
  @Test(arguments: [false, true]) func itIsKnownUntilTheClaimIsGone(isKilled: Bool) throws {
    try Rehearsal.run { channel in
      try channel.useRecordingHandler()
      try channel.serve()
      try channel.relay()
      try channel.waitForRelay()
      try channel.apply("run-file")
      try channel.killServices("relay")
      let relay = try channel.launch("relay", ["relay"], more: ["SLUICE_FAULT=keep-claims"])
      try channel.waitForRelay()
      for number in 1...3 { try channel.dropOne(LegacyWriter.message("turn", number)) }
      try channel.waitUntilHandled(LegacyWriter.message("turn", 3))
      try eventually("the server has settled them") { try channel.status().number("inFlight") == 0 }
      #expect(
        try channel.claims.count == 3 && channel.spooled.isEmpty,
        "their claims cannot be removed before a second has passed")
      if isKilled {
        relay.kill()
        try channel.relay()
        try channel.waitForRelay()
      }
      try channel.waitUntilDrained()
      #expect(try channel.claims.isEmpty && channel.spooled.isEmpty)
      #expect(try Files.lines(channel.record) == (1...3).map { LegacyWriter.message("turn", $0) })
      var settled: [Substring] = []
      try eventually("the relay's log has them") {
        settled = try Files.lines(channel.relayLog).filter { $0.contains(#""event":"settled""#) }
          .compactMap { $0.split(separator: #""id":""#).last?.prefix { $0 != "\"" } }
        return settled.count >= 3
      }
      #expect(Set(settled).count == settled.count, "each once: \(settled)")
      try channel.expectOneEndEach()
      try channel.expectProven()
    }
  }
}
