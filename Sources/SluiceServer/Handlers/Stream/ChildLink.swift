internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// One process of a stdio server, below its keeper: lines to its input, bytes from its output, and its end.
final class ChildLink: BackendLink {
  /// From the end of its input to SIGTERM; the keeper kills as long after that (nanoseconds).
  private static let patience: Int64 = 2_000_000_000
  /// From the end of its output to its own, and the other way round, before one counts for both.
  private static let lingering: Int64 = 200_000_000

  var events: (any BackendEvents)?
  private let reactor: Reactor
  private let process: ChildProcess
  private let buffer: ReadBuffer
  private let say: (String) -> Void
  /// Called once, when it is gone with all that it left.
  private let released: (ChildLink) -> Void
  private var queue = LineQueue()
  private var feeding: Reactor.Registration?
  private var reading: Reactor.Registration?
  private var hearing: Reactor.Registration?
  private var waiting: Reactor.Registration?
  private var errors = ErrorLines(now: Clock.monotonic)
  private var status: Int32?
  private var isListening = false
  private var isPaused = false
  private var isOutputClosed = false
  private var isInputWanted = true
  private var isEnding = false
  private var hasEnded = false

  init(
    _ process: ChildProcess, buffer: ReadBuffer, reactor: Reactor, say: @escaping (String) -> Void,
    released: @escaping (ChildLink) -> Void
  ) {
    self.process = process
    self.buffer = buffer
    self.reactor = reactor
    self.say = say
    self.released = released
  }

  private final class Watcher: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  /// Watches its errors and its end; kept by these until it is gone.
  func start() throws(Errno) {
    waiting = try reactor.register(process.pidfd, for: .read, handler: Watcher { [self] in reap() })
    hearing = try reactor.register(process.errors, for: .read, handler: Watcher { [self] in hear() })
  }

  var isAlive: Bool { status == nil && !isEnding }
  var pid: Int32 { process.pid }

  // MARK: To it

  var takesMore: Bool { queue.count < LineQueue.bound }

  func send(_ line: [UInt8]) {
    guard isInputWanted, process.hasInput else { return }
    queue.append(line)
    if feeding == nil { feed() }
  }

  private func feed() {
    let wasFull = !takesMore
    do throws(Errno) {
      while !queue.isEmpty {
        guard let count = try process.input?.write(queue.bytes, from: queue.sent) ?? nil else { break }
        queue.took(count)
      }
    } catch {
      // It reads no more: whether it still answers, its output and its end say.
      queue.clear()
      isInputWanted = false
    }
    if queue.isEmpty {
      release(&feeding)
      if !isInputWanted { process.closeInput() }
    } else if feeding == nil {
      feeding = try? process.registerInput(with: reactor, handler: Watcher { [self] in feed() })
    }
    if wasFull, takesMore { events?.tookMore() }
  }

  /// Its input ends behind what still waits.
  private func closeInput() {
    isInputWanted = false
    if queue.isEmpty { process.closeInput() }
  }

  // MARK: From it

  func listen() {
    isListening = true
    watchOutput()
  }

  func pause() {
    isPaused = true
    release(&reading)
  }

  func resume() {
    guard isPaused else { return }
    isPaused = false
    watchOutput()
  }

  private func watchOutput() {
    guard reading == nil, isListening, !isPaused, !isOutputClosed else { return }
    reading = try? reactor.register(process.output, for: .read, handler: Watcher { [self] in read() })
    if reading == nil { outputClosed() }
  }

  private func read() {
    let count: Int
    do throws(Errno) {
      guard let found = try buffer.fill(from: process.output) else { return }
      count = found
    } catch { count = 0 }
    guard count > 0 else { return outputClosed() }
    if let events { buffer.withBytes(count) { events.arrived($0) } }
  }

  private func outputClosed() {
    guard !isOutputClosed else { return }
    isOutputClosed = true
    release(&reading)
    // It can answer nothing any more.
    end()
    if status != nil { return finish() }
    reactor.schedule(after: Self.lingering) { [self] in finish() }
  }

  private func hear() {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = (try? process.errors.read(into: &chunk)) ?? 0
    let now = Clock.monotonic
    if count == 0 {
      release(&hearing)
      errors.end(now: now, say)
    } else {
      errors.consume(chunk[0..<count], now: now, say)
    }
  }

  /// Says something about it, no oftener than it may say something itself.
  func complain(_ text: String) { errors.say(text, now: Clock.monotonic, say) }

  // MARK: Its end

  func end() {
    // What it still says is taken, so that it is not held up on its way out.
    isListening = true
    isPaused = false
    watchOutput()
    guard !isEnding else { return }
    isEnding = true
    closeInput()
    reactor.schedule(after: Self.patience) { [self] in askToEnd() }
  }

  func askToEnd() {
    if status == nil { ChildProcess.askToEnd(process.pid) }
  }

  private func reap() {
    guard let ended = try? ChildProcess.reap(process.pid) else { return }
    status = ended
    release(&waiting)
    release(&feeding)
    queue.clear()
    process.closeInput()
    released(self)
    if isOutputClosed { return finish() }
    // All of its processes are gone, so the end of its output comes behind what is still to be read.
    guard isListening, !isPaused else {
      if !isListening { finish() }
      return
    }
    reactor.schedule(after: Self.lingering) { [self] in if !isPaused { outputClosed() } }
  }

  private func finish() {
    guard !hasEnded else { return }
    hasEnded = true
    hear()
    release(&hearing)
    release(&reading)
    let told = events
    events = nil
    told?.ended(status.map { "exit status \($0)" } ?? "it closed its output")
  }

  private func release(_ registration: inout Reactor.Registration?) {
    if let registration { reactor.remove(registration) }
    registration = nil
  }
}
