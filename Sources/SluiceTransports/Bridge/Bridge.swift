internal import SluiceReactor
package import SluiceSystem
internal import SluiceWire

/// Carries a conversation between the program's own standard streams and a server's socket, for hosts that speak to
/// child processes only. One thread, and nothing in it waits.
package final class Bridge {
  package struct Settings: Sendable {
    /// Makes one connection, checked, without waiting.
    package var connect: @Sendable () throws(TransportFailure) -> OwnedDescriptor
    /// Whether the server answers `ConnectionWords`.
    package var greets: Bool
    /// How long the first connection, and any request, waits for a server; nanoseconds.
    package var wait: Int64 = 8_000_000_000
    /// How long answers may take after the end of input; nanoseconds. Hosts wait two seconds before they kill.
    package var drain: Int64 = 1_500_000_000
    package var hostLine = 4 << 20
    package var serverLine = 8 << 20

    package init(greets: Bool, connect: @escaping @Sendable () throws(TransportFailure) -> OwnedDescriptor) {
      self.greets = greets
      self.connect = connect
    }
  }

  /// How it ended.
  package enum Ending: Sendable {
    /// The host ended it, by the end of its output or a signal.
    case done
    case noServer(TransportFailure)
    case refused(TransportFailure)
    case brokenProtocol(String)
  }

  let settings: Settings
  let reactor: Reactor
  let signals: SignalReceiver
  let tell: (String) -> Void
  var session: BridgeSession
  let buffer = ReadBuffer()
  var input: HostStream?
  var output: HostStream?
  var hostFramer: LineFramer
  var link: ServerLink?
  var redial = Redial()
  var timer: TimerQueue.Ticket?
  var timerTime: Int64 = .max
  /// The input has ended: when waiting for answers ends, and when the host is told that none will come.
  var drainDeadline: Int64?
  var ending: Ending?
  var isOver = false
  let began: Int64

  /// - Parameters:
  ///   - input: nil where there is none.
  ///   - tell: gets sentences for people.
  package init(
    _ settings: Settings, input: consuming OwnedDescriptor?, output: consuming OwnedDescriptor,
    tell: @escaping (String) -> Void
  ) throws(Errno) {
    self.settings = settings
    self.tell = tell
    signals = try SignalReceiver([.terminate, .interrupt, .hangUp])
    reactor = try Reactor()
    began = Clock.monotonic
    var limits = BridgeSession.Limits()
    limits.hold = settings.wait
    session = BridgeSession(greets: settings.greets, limits: limits)
    hostFramer = LineFramer(limit: settings.hostLine)
    self.output = try HostStream(output, reactor) { [unowned self] in outputReady($0) }
    if let input {
      self.input = try HostStream(input, reactor) { [unowned self] in inputReady($0) }
    } else {
      beginDrain()
    }
  }

  package func run() throws(Errno) -> Ending {
    _ = try reactor.register(signals.descriptor, for: .read, handler: SignalHandler { [unowned self] in signalled() })
    dial()
    settle()
    while !isOver { try reactor.turn() }
    link?.close()
    return ending ?? .done
  }

  private final class SignalHandler: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  private func signalled() {
    while let _ = (try? signals.next()) ?? nil {
      // The second one means it.
      if drainDeadline == nil { beginDrain() } else { isOver = true }
    }
    settle()
  }

  // MARK: What to do next

  /// After everything that happened: moves bytes, decides on the end, and says what is waited for.
  func settle() {
    guard !isOver else { return }
    let now = Clock.monotonic
    if ending == nil {
      flushToServer()
      take(session.expire(now: now))
      drainFurther(now)
      dialIfNeeded(now)
    }
    for text in session.takeNotes() { tell(text) }
    if ending != nil, session.outputCount == 0 || now >= (drainDeadline ?? 0) { isOver = true }
    input?.want(ending == nil && session.wantsHost ? .read : Readiness(rawValue: 0))
    output?.want(session.outputCount > 0 ? .write : Readiness(rawValue: 0))
    if let link {
      var wanted: Readiness = session.wantsServer ? .read : Readiness(rawValue: 0)
      if session.pending != nil { wanted.insert(.write) }
      link.want(wanted)
    }
    setTimer(now)
  }

  private func setTimer(_ now: Int64) {
    let times = [
      session.nextDeadline, redial.time, drainDeadline, drainDeadline.map(lastAnswerTime), halfCloseTime,
    ].compactMap { $0 }.filter { $0 > now }
    let next = times.min() ?? .max
    guard next != timerTime else { return }
    if let timer { reactor.cancel(timer) }
    timerTime = next
    timer =
      next == .max
      ? nil
      : reactor.schedule(after: next - now) { [unowned self] in
        timerTime = .max
        timer = nil
        settle()
      }
  }

  /// The end, once the host has read what is left for it.
  func end(_ how: Ending) {
    guard ending == nil else { return }
    ending = how
    closeLink()
    input?.close()
    input = nil
    session.end()
    drainDeadline = min(drainDeadline ?? .max, Clock.monotonic + settings.drain)
  }

  func take(_ verdict: BridgeSession.Verdict) {
    switch verdict {
    case .goOn: break
    case .lost(let reason): lose(reason)
    case .broken(let reason): end(.brokenProtocol(reason))
    }
  }
}
