internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// One connection to a server that listens on a Unix socket.
final class UpstreamLink: BackendLink {
  /// From the end of what we send to the end of the connection (nanoseconds).
  private static let patience: Int64 = 4_000_000_000

  var events: (any BackendEvents)?
  private let reactor: Reactor
  private let socket: OwnedDescriptor
  private let buffer: ReadBuffer
  private let say: (String) -> Void
  private let released: (UpstreamLink) -> Void
  private var queue = LineQueue()
  private var complaints = ErrorLines(now: Clock.monotonic)
  private var registration: Reactor.Registration?
  private var isPaused = false
  private var isEnding = false
  private var isInputClosed = false
  private var hasEnded = false

  init(
    _ socket: consuming OwnedDescriptor, buffer: ReadBuffer, reactor: Reactor, say: @escaping (String) -> Void,
    released: @escaping (UpstreamLink) -> Void
  ) {
    self.socket = socket
    self.buffer = buffer
    self.reactor = reactor
    self.say = say
    self.released = released
  }

  private final class Watcher: ReadinessHandler {
    let link: UpstreamLink
    init(_ link: UpstreamLink) { self.link = link }
    func ready(_ readiness: Readiness) {
      if readiness.includes(.write) { link.feed() }
      if readiness.includes(.read) || readiness.includes(.hangUp) || readiness.includes(.error) { link.read() }
    }
  }

  var takesMore: Bool { queue.count < LineQueue.bound }

  func send(_ line: [UInt8]) {
    guard !hasEnded, !isInputClosed else { return }
    queue.append(line)
    feed()
  }

  private func feed() {
    let wasFull = !takesMore
    do throws(Errno) {
      while !queue.isEmpty, let count = try socket.send(queue.bytes, from: queue.sent) { queue.took(count) }
    } catch { queue.clear() }
    if isEnding { closeInput() }
    watch()
    if wasFull, takesMore { events?.tookMore() }
  }

  func listen() { watch() }
  func pause() {
    isPaused = true
    watch()
  }
  func resume() {
    isPaused = false
    watch()
  }

  private func watch() {
    guard !hasEnded else { return }
    var wanted: Readiness = isPaused ? [] : .read
    if !queue.isEmpty { wanted = wanted.union(.write) }
    guard !wanted.isEmpty else {
      // Without a registration a hang-up cannot spin.
      if let registration { reactor.remove(registration) }
      registration = nil
      return
    }
    if let registration {
      try? reactor.update(registration, for: wanted)
    } else {
      registration = try? reactor.register(socket, for: wanted, handler: Watcher(self))
      if registration == nil { finish("it could not be watched") }
    }
  }

  private func read() {
    guard !hasEnded, !isPaused else { return }
    let count: Int
    do throws(Errno) {
      guard let found = try buffer.fill(from: socket) else { return }
      count = found
    } catch { return finish("\(error)") }
    guard count > 0 else { return finish("it closed the connection") }
    if let events { buffer.withBytes(count) { events.arrived($0) } }
  }

  func complain(_ text: String) { complaints.say(text, now: Clock.monotonic, say) }

  func end() {
    isPaused = false
    watch()
    guard !isEnding, !hasEnded else { return }
    isEnding = true
    closeInput()
    reactor.schedule(after: Self.patience) { [weak self] in self?.finish("it did not end the connection") }
  }

  private func closeInput() {
    guard queue.isEmpty, !isInputClosed else { return }
    isInputClosed = true
    try? socket.finishWriting()
  }

  func finish(_ reason: String) {
    guard !hasEnded else { return }
    hasEnded = true
    if let registration { reactor.remove(registration) }
    registration = nil
    let told = events
    events = nil
    released(self)
    told?.ended(reason)
  }
}
