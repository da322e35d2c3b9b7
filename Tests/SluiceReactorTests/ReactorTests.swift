import SluiceReactor
import SluiceSystem
import SluiceTestSupport
import Testing

/// The loop: registrations, timers, turns.
@Suite struct ReactorTests {
  final class Reader: ReadinessHandler {
    let body: (Readiness) -> Void
    init(_ body: @escaping (Readiness) -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body(readiness) }
  }

  /// A descriptor that a test closes when it wants to.
  final class Box {
    var pipe: Pipe?
    init() throws { pipe = try Pipe() }
  }

  @Test func aHandlerThatLeavesBytesIsCalledAgain() throws {
    let reactor = try Reactor()
    let pipe = try Pipe()
    var calls = 0
    let registration = try reactor.register(
      pipe.readEnd, for: .read,
      handler: Reader { readiness in
        #expect(readiness.contains(.read))
        calls += 1
      })
    try pipe.writeEnd.writeAll([1])
    try reactor.turn(atMost: 0)
    try reactor.turn(atMost: 0)
    #expect(calls == 2)
    try reactor.update(registration, for: [])
    try reactor.turn(atMost: 0)
    #expect(calls == 2)
    try reactor.update(registration, for: .read)
    try reactor.turn(atMost: 0)
    #expect(calls == 3)
    reactor.remove(registration)
    try reactor.turn(atMost: 0)
    #expect(calls == 3)
  }

  @Test func newsAreToldOnceWhileNobodyReads() throws {
    let reactor = try Reactor()
    let pipe = try Pipe()
    var calls = 0
    _ = try reactor.register(pipe.readEnd, for: [.read, .newsOnly], handler: Reader { _ in calls += 1 })
    try pipe.writeEnd.writeAll([1])
    for _ in 0..<3 { try reactor.turn(atMost: 0) }
    #expect(calls == 1)
    try pipe.writeEnd.writeAll([2])
    for _ in 0..<3 { try reactor.turn(atMost: 0) }
    #expect(calls == 2)
  }

  @Test func anEventOfARegistrationThatIsGoneIsDropped() throws {
    let reactor = try Reactor()
    let boxes = [try Box(), try Box()]
    var registrations: [Reactor.Registration] = []
    var calls: [Int] = []
    var strangers = 0
    var stranger: Pipe?
    for index in 0..<2 {
      let reader = Reader { _ in
        calls.append(index)
        // Whoever comes first closes the other, whose number the next descriptor gets, and registers that.
        reactor.remove(registrations[1 - index])
        boxes[1 - index].pipe = nil
        do {
          let next = try Pipe()
          _ = try reactor.register(next.readEnd, for: .read, handler: Reader { _ in strangers += 1 })
          stranger = consume next
        } catch { Issue.record(error) }
        reactor.remove(registrations[index])
      }
      guard let registration = try boxes[index].pipe?.register(with: reactor, reader) else { return }
      registrations.append(registration)
      try boxes[index].pipe?.writeEnd.writeAll([1])
    }
    try reactor.turn(atMost: 0)
    #expect(calls.count == 1)
    #expect(strangers == 0)
    // The new one is watched by its own right.
    try stranger?.writeEnd.writeAll([1])
    try reactor.turn(atMost: 0)
    #expect(strangers == 1)
    // What is gone can be neither changed nor removed again.
    try reactor.update(registrations[0], for: .read)
    reactor.remove(registrations[1])
    try reactor.turn(atMost: 0)
    #expect(strangers == 2)
  }

  @Test func timersRunInOrderWithinATurn() throws {
    let reactor = try Reactor()
    var fired: [Int] = []
    reactor.schedule(after: 2_000_000) { fired.append(2) }
    reactor.schedule(after: 1_000_000) { fired.append(1) }
    reactor.schedule(after: -5) { fired.append(0) }
    reactor.schedule(after: .max) { fired.append(9) }
    let cancelled = reactor.schedule(after: 1_500_000) { fired.append(8) }
    reactor.cancel(cancelled)
    let deadline = Deadline()
    while fired.count < 3, !deadline.hasPassed { try reactor.turn(atMost: 1_000_000_000) }
    #expect(fired == [0, 1, 2])
  }

  /// A cancelled timer whose time has come once made every later turn return at once.
  @Test func aCancelledTimerDoesNotKeepTheLoopSpinning() throws {
    let reactor = try Reactor()
    reactor.cancel(reactor.schedule(after: 0) { Issue.record("cancelled") })
    let start = Clock.monotonic
    try reactor.turn(atMost: 20_000_000)
    #expect(Clock.monotonic - start >= 19_000_000)
  }

  @Test(arguments: [.max, .max - 1, 0, -1, .min] as [Int64]) func anyLimitIsGood(_ limit: Int64) throws {
    let reactor = try Reactor()
    var fired = false
    reactor.schedule(after: 0) { fired = true }
    try reactor.turn(atMost: limit)
    try reactor.turn(atMost: 0)
    #expect(fired)
  }

  @Test func theEndOfATurnComesAfterAllOfIt() throws {
    let reactor = try Reactor()
    let pipe = try Pipe()
    var events: [String] = []
    reactor.atEndOfTurn { events.append("end") }
    _ = try reactor.register(pipe.readEnd, for: .read, handler: Reader { _ in events.append("ready") })
    reactor.schedule(after: 0) { events.append("timer") }
    try pipe.writeEnd.writeAll([1])
    try reactor.turn(atMost: 0)
    #expect(events == ["ready", "timer", "end"])
  }

  @Test func runGoesOnUntilItIsStopped() throws {
    let reactor = try Reactor()
    var turns = 0
    reactor.atEndOfTurn {
      turns += 1
      if turns == 3 { reactor.stop() } else { reactor.schedule(after: 0) {} }
    }
    reactor.schedule(after: 0) {}
    try reactor.run()
    #expect(turns == 3)
  }
}

extension Pipe {
  fileprivate func register(with reactor: Reactor, _ handler: any ReadinessHandler) throws -> Reactor.Registration {
    try reactor.register(readEnd, for: .read, handler: handler)
  }
}
