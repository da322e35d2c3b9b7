import SluiceChannel
import Testing

@testable import SluiceServer

@Suite struct CanaryTests {
  @Test func onlyAnnouncedTokensAreCounted() {
    let canaries = Canaries()
    #expect(!canaries.saw("t", on: .fifo))
    canaries.expect(["t"])
    #expect(canaries.saw("t", on: .fifo))
    #expect(canaries.saw("t", on: .socket))
    #expect(canaries.saw("t", on: .socket))
    #expect(canaries.sightings(of: "t") == [.fifo: 1, .socket: 2])
    #expect(canaries.sightings(of: "other").isEmpty)
  }

  @Test func memoryIsBounded() {
    let canaries = Canaries()
    canaries.expect((0..<4000).map { "a\($0)" })
    canaries.expect((0..<4000).map { "b\($0)" })
    #expect(!canaries.saw("a1", on: .fifo))
    #expect(canaries.saw("b1", on: .fifo))
  }
}
