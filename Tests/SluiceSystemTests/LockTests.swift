import SluiceSystem
import SluiceTestSupport
import Synchronization
import Testing

@Suite struct LockTests {
  /// Shared by threads, so that a race is seen by the thread sanitizer, and mostly as a wrong sum without it.
  private final class Tally: Sendable {
    let sums = Lock((left: 0, right: 0))
    let ended = Atomic<Int>(0)
  }

  @Test func oneThreadAtATimeUsesTheValue() throws {
    let tally = Tally()
    for _ in 0..<4 {
      try SystemThread.start("tally") {
        for _ in 0..<2500 {
          tally.sums.withLock { sums in
            sums.left += 1
            sums.right += 1
          }
        }
        tally.ended.add(1, ordering: .releasing)
      }
    }
    let deadline = Deadline()
    while tally.ended.load(ordering: .acquiring) < 4, !deadline.hasPassed { Wait.pause(nanoseconds: 1_000_000) }
    #expect(tally.sums.withLock { $0.left } == 10000)
    #expect(tally.sums.withLock { $0.right } == 10000)
  }

  @Test func anErrorLetsTheValueGo() {
    let value = Lock(1)
    #expect(throws: Errno.busy) {
      try value.withLock { (value) throws(Errno) in
        value = 2
        throw .busy
      }
    }
    #expect(value.withLock { $0 } == 2)
  }

  private final class Witness: Sendable {
    let isGone = Atomic<Bool>(false)
  }
  private struct Held: ~Copyable {
    let witness: Witness
    deinit { witness.isGone.store(true, ordering: .relaxed) }
  }

  @Test func theValueGoesWithTheLock() {
    let witness = Witness()
    do {
      let held = Lock(Held(witness: witness))
      let goneEarly = held.withLock { $0.witness.isGone.load(ordering: .relaxed) }
      #expect(!goneEarly)
    }
    let isGone = witness.isGone.load(ordering: .relaxed)
    #expect(isGone)
  }

  @Test func aThreadThatWouldWaitForItselfEndsTheProcess() async {
    await #expect(processExitsWith: .failure) {
      let value = Lock(1)
      value.withLock { _ in value.withLock { $0 = 2 } }
    }
  }
}
