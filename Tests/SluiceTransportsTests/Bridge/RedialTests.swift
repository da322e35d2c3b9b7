import Testing

@testable import SluiceTransports

@Suite struct RedialTests {
  private static let failure = TransportFailure(.notRunning, "no server")
  private static let millisecond: Int64 = 1_000_000

  @Test func attemptsBecomeSeldom() {
    var redial = Redial()
    #expect(redial.time == nil && !redial.hasConnected)
    var waits: [Int64] = []
    for _ in 1...10 {
      redial.failed(Self.failure, now: 0)
      waits.append((redial.time ?? 0) / Self.millisecond)
    }
    #expect(waits == [20, 40, 80, 160, 320, 640, 1280, 2000, 2000, 2000])
    #expect(redial.failure == Self.failure)
  }

  @Test func whoWaitsHurriesThem() {
    var redial = Redial()
    redial.hurry(now: 0)
    #expect(redial.time == nil)
    for _ in 1...10 { redial.failed(Self.failure, now: 0) }
    redial.hurry(now: 0)
    #expect(redial.time == 100 * Self.millisecond)
    // Again and again does not put it off.
    redial.hurry(now: 50 * Self.millisecond)
    #expect(redial.time == 100 * Self.millisecond)
  }

  @Test func aConnectionThatWasOfUseBeginsAnew() {
    for (wasUseful, wait) in [(true, Int64(20)), (false, 80)] {
      var redial = Redial()
      redial.failed(Self.failure, now: 0)
      redial.failed(Self.failure, now: 0)
      redial.connected()
      #expect(redial.time == nil && redial.hasConnected)
      redial.lost(now: 0, wasUseful: wasUseful)
      #expect(redial.time == wait * Self.millisecond)
    }
  }

  @Test func aRefusalIsBelievedWhenItIsRepeated() {
    var redial = Redial()
    for _ in 1...4 {
      #expect(redial.mayStillBeOpened)
      redial.refused(Self.failure, now: 0)
    }
    #expect(!redial.mayStillBeOpened)
    redial.connected()
    #expect(redial.mayStillBeOpened)
  }
}
