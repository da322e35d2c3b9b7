package import SluiceSystem

/// What a registration calls when its descriptor is ready.
package protocol ReadinessHandler: AnyObject {
  func ready(_ readiness: Readiness)
}

/// One epoll loop on one thread; nothing in it blocks.
///
/// Invariants. All methods are called on the thread that runs the loop (the type is not Sendable, so the compiler sees
/// to it); other threads reach it through a `Mailbox` only. A registration is an index and a generation: an event that
/// was already fetched for a registration that has since been removed is recognised by its generation and dropped, even
/// when the kernel gave the descriptor's number to somebody else. Readiness is level-triggered: a handler may leave
/// bytes unread and is called again.
package final class Reactor {
  /// A registered descriptor. The owner keeps the descriptor open until it has removed the registration.
  package struct Registration: Sendable, Equatable {
    fileprivate let index: UInt32
    fileprivate let generation: UInt32
    fileprivate var token: UInt64 { UInt64(generation) << 32 | UInt64(index) }
  }

  private struct Slot {
    var generation: UInt32 = 0
    var descriptor: Int32 = -1
    var handler: (any ReadinessHandler)?
  }

  private let epoll: Epoll
  private let alarm: Alarm
  /// What the alarm is set for; it may be early, where the timer that it was set for was cancelled.
  private var alarmTime: Int64 = .max
  private var slots: [Slot] = []
  private var free: [UInt32] = []
  private var timers = TimerQueue()
  private var endOfTurn: [() -> Void] = []
  private var running = false
  /// When this turn's events came, nanoseconds of CLOCK_MONOTONIC: the arrival of all that it reads.
  package private(set) var turnTime: Int64 = Clock.monotonic

  /// No registration has this index.
  private static let alarmToken: UInt64 = .max

  package init() throws(Errno) {
    epoll = try Epoll()
    alarm = try Alarm()
    try epoll.add(alarm.descriptor.raw, .read, token: Self.alarmToken)
  }

  /// Watches a descriptor; the handler is kept until `remove`.
  package func register(
    _ descriptor: borrowing OwnedDescriptor, for interest: Readiness, handler: any ReadinessHandler
  ) throws(Errno) -> Registration {
    let index: UInt32
    if let reused = free.popLast() {
      index = reused
    } else {
      index = UInt32(slots.count)
      slots.append(Slot())
    }
    slots[Int(index)].generation &+= 1
    let registration = Registration(index: index, generation: slots[Int(index)].generation)
    do throws(Errno) { try epoll.add(descriptor.raw, interest, token: registration.token) } catch {
      free.append(index)
      throw error
    }
    slots[Int(index)].descriptor = descriptor.raw
    slots[Int(index)].handler = handler
    return registration
  }

  /// Changes what a registration waits for; an empty set waits for nothing but errors.
  package func update(_ registration: Registration, for interest: Readiness) throws(Errno) {
    guard isCurrent(registration) else { return }
    try epoll.modify(slots[Int(registration.index)].descriptor, interest, token: registration.token)
  }

  /// Ends a registration, before its descriptor is closed.
  package func remove(_ registration: Registration) {
    guard isCurrent(registration) else { return }
    epoll.remove(slots[Int(registration.index)].descriptor)
    slots[Int(registration.index)].handler = nil
    slots[Int(registration.index)].generation &+= 1
    free.append(registration.index)
  }

  private func isCurrent(_ registration: Registration) -> Bool {
    Int(registration.index) < slots.count && slots[Int(registration.index)].generation == registration.generation
  }

  /// Calls `body` once after the time; nanoseconds.
  @discardableResult
  package func schedule(after delay: Int64, _ body: @escaping () -> Void) -> TimerQueue.Ticket {
    // What is due at once needs no look at the clock and no alarm.
    guard delay > 0 else { return timers.add(at: turnTime, body) }
    let (deadline, isBeyondTime) = Clock.monotonic.addingReportingOverflow(delay)
    return timers.add(at: isBeyondTime ? .max : deadline, body)
  }
  package func cancel(_ ticket: TimerQueue.Ticket) { timers.cancel(ticket) }

  /// Calls `body` at the end of every turn, after all that was ready has been handled: the place for batches.
  package func atEndOfTurn(_ body: @escaping () -> Void) { endOfTurn.append(body) }

  /// Runs until `stop`.
  package func run() throws(Errno) {
    running = true
    while running {
      try turn()
    }
  }

  package func stop() { running = false }

  /// One wait and everything that it brought.
  package func turn(atMost limit: Int64 = .max) throws(Errno) {
    var isTimed = false
    try epoll.wait(milliseconds: try milliseconds(atMost: limit)) { token, readiness in
      if !isTimed { turnTime = Clock.monotonic }
      isTimed = true
      guard token != Self.alarmToken else {
        alarm.clear()
        alarmTime = .max
        return
      }
      let index = Int(token & 0xffff_ffff)
      guard index < slots.count, slots[index].generation == UInt32(token >> 32) else { return }
      slots[index].handler?.ready(readiness)
    }
    if !isTimed { turnTime = Clock.monotonic }
    if let next = timers.next, next <= turnTime { for ticket in timers.due(at: turnTime) { timers.take(ticket)?() } }
    for body in endOfTurn { body() }
  }

  /// How long to wait; sets the alarm where a timer comes before what it is set for.
  private func milliseconds(atMost limit: Int64) throws(Errno) -> Int32 {
    if let next = timers.next {
      if next <= turnTime { return 0 }
      if next < alarmTime {
        try alarm.set(at: next)
        alarmTime = next
      }
    }
    // Rounded up, so that the limit has passed when the wait ends.
    return limit == .max ? -1 : Int32(clamping: limit <= 0 ? 0 : (limit - 1) / 1_000_000 + 1)
  }
}
