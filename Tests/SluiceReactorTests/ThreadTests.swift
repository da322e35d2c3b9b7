import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import Testing

/// What crosses threads: mailboxes and workers.
@Suite struct ThreadTests {
  @Test func lettersOfManyThreadsAllArriveInEachOnesOrder() throws {
    let reactor = try Reactor()
    let mailbox = try Mailbox<(thread: Int, number: Int)>()
    var received: [[Int]] = [[], [], [], []]
    try mailbox.attach(to: reactor) { received[$0.thread].append($0.number) }
    for thread in 0..<4 {
      try SystemThread.start("letters") { for number in 0..<500 { mailbox.post((thread, number)) } }
    }
    let deadline = Deadline()
    while received.joined().count < 2000, !deadline.hasPassed { try reactor.turn(atMost: 100_000_000) }
    #expect(received == [[Int]](repeating: Array(0..<500), count: 4))
  }

  @Test func aMailboxThatIsDetachedIsSilent() throws {
    let reactor = try Reactor()
    let mailbox = try Mailbox<Int>()
    var received: [Int] = []
    let registration = try mailbox.attach(to: reactor) { received.append($0) }
    mailbox.post(1)
    try reactor.turn(atMost: 0)
    reactor.remove(registration)
    mailbox.post(2)
    try reactor.turn(atMost: 0)
    #expect(received == [1])
  }

  @Test func aWorkerDoesItsJobsInOrderAndThenEnds() throws {
    let reactor = try Reactor()
    let results = try Mailbox<[Int]>()
    var batches: [[Int]] = []
    try results.attach(to: reactor) { batches.append($0) }
    let gate = Lock(false)
    let worker = try BlockingWorker<Int>("worker") { jobs in
      gate.withLock { $0 = true }
      results.post(jobs)
    }
    for job in 0..<100 { worker.post(job) }
    worker.end()
    let deadline = Deadline()
    while batches.joined().count < 100, !deadline.hasPassed { try reactor.turn(atMost: 100_000_000) }
    #expect(Array(batches.joined()) == Array(0..<100))
    #expect(batches.allSatisfy { !$0.isEmpty })
    #expect(gate.withLock { $0 })
  }
}
