import SluiceChannel
import Testing

/// What a running server can take over from a changed file.
@Suite struct ChangesTests {
  @Test func policyRateAndWritersAreLive() throws {
    let old = ChannelFile(name: try ChannelName(parsing: "a"))
    var new = old
    new.policy.rules = [PolicyRuleSettings(.allow)]
    new.limits.rate = Rate(count: 1, period: .seconds(1))
    new.legacy.writers = .anyone
    #expect(new.changesThatNeedRestart(from: old).isEmpty)
  }

  /// Every other variant of the round trip differs in a key that is named.
  @Test func everythingElseIsNamed() throws {
    let variants = try ChannelFileRoundTripTests.variants()
    let plain = variants[0]
    for variant in variants.dropFirst() {
      let keys = variant.changesThatNeedRestart(from: plain)
      var live = variant
      live.policy = plain.policy
      live.limits.rate = plain.limits.rate
      live.legacy.writers = plain.legacy.writers
      #expect(keys.isEmpty == (live == plain), "\(keys)")
      #expect(!keys.contains("a setting"), "\(keys)")
    }
  }
}
