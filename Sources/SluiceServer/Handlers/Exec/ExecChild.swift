internal import SluiceReactor
internal import SluiceSystem

/// One running program of the exec handler: bytes to its input, bytes from its output, and its end.
final class ExecChild {
  /// How it ended.
  enum End {
    case exited(status: Int32, output: [UInt8])
    case tooMuchOutput
    case deadline
  }

  /// Bytes of its error output that go to the log for one call.
  private static let errorLimit = 8192
  /// After its end, descriptors that a grandchild inherited may stay open: they are not waited for.
  private static let lingering: Int64 = 100_000_000

  private let reactor: Reactor
  private let process: ChildProcess
  private let outputLimit: Int
  private var input: [UInt8]
  private var written = 0
  private var output: [UInt8] = []
  private var errors: [UInt8] = []
  private var registrations: [Reactor.Registration?] = [nil, nil, nil, nil]
  private var status: Int32?
  private var isOutputClosed = false
  private var timer: TimerQueue.Ticket?
  private var completion: ((End, _ errors: [UInt8]) -> Void)?

  init(
    _ process: ChildProcess, input: [UInt8], outputLimit: Int, deadline: Int64, reactor: Reactor,
    completion: @escaping (End, _ errors: [UInt8]) -> Void
  ) {
    self.process = process
    self.input = input
    self.outputLimit = outputLimit
    self.reactor = reactor
    self.completion = completion
    timer = reactor.schedule(after: deadline) { [weak self] in self?.finish(.deadline) }
  }

  private final class Watcher: ReadinessHandler {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
    func ready(_ readiness: Readiness) { body() }
  }

  func start() throws(Errno) {
    let feeder = Watcher { [unowned self] in feed() }
    registrations[0] = try process.registerInput(with: reactor, handler: feeder)
    registrations[1] = try reactor.register(process.output, for: .read, handler: Watcher { [unowned self] in drain() })
    registrations[2] = try reactor.register(
      process.errors, for: .read, handler: Watcher { [unowned self] in drainErrors() })
    registrations[3] = try reactor.register(process.pidfd, for: .read, handler: Watcher { [unowned self] in reap() })
  }

  func kill() { finish(.deadline) }

  /// Ends one that could not be watched, without telling anybody.
  func abandon() {
    completion = { _, _ in }
    finish(.deadline)
  }

  private func release(_ index: Int) {
    if let registration = registrations[index] { reactor.remove(registration) }
    registrations[index] = nil
  }

  private func feed() {
    do throws(Errno) {
      while written < input.count {
        guard let count = try process.input?.write(input, from: written) ?? nil else { return }
        written += count
      }
    } catch {}  // it closed its input without reading all: its answer decides
    release(0)
    process.closeInput()
  }

  private func drain() {
    var chunk = [UInt8](repeating: 0, count: 65536)
    do throws(Errno) {
      let count = try process.output.read(into: &chunk)
      if count == 0 {
        release(1)
        isOutputClosed = true
        settle()
        return
      }
      output.append(contentsOf: chunk[0..<count])
      if output.count > outputLimit { finish(.tooMuchOutput) }
    } catch {
      release(1)
      isOutputClosed = true
      settle()
    }
  }

  private func drainErrors() {
    var chunk = [UInt8](repeating: 0, count: 4096)
    let count = (try? process.errors.read(into: &chunk)) ?? 0
    if count == 0 { release(2) }
    if errors.count < Self.errorLimit {
      errors.append(contentsOf: chunk[0..<count].prefix(Self.errorLimit - errors.count))
    }
  }

  private func reap() {
    guard let ended = try? ChildProcess.reap(process.pid) else { return }
    release(3)
    status = ended
    if !isOutputClosed {
      reactor.schedule(after: Self.lingering) { [weak self] in
        self?.isOutputClosed = true
        self?.settle()
      }
    }
    settle()
  }

  private func settle() {
    guard let status, isOutputClosed else { return }
    finish(.exited(status: status, output: output))
  }

  private func finish(_ end: End) {
    guard let completion else { return }
    self.completion = nil
    if let timer { reactor.cancel(timer) }
    // The whole group goes: a shell's children must not outlive the call.
    ChildProcess.killGroup(process.pid)
    for index in 0..<3 { release(index) }
    if status == nil {
      // It was just killed: the pidfd tells when it can be reaped, and this object lives until then.
      registrations[3].map { reactor.remove($0) }
      registrations[3] = try? reactor.register(
        process.pidfd, for: .read,
        handler: Watcher { [self] in
          _ = try? ChildProcess.reap(process.pid)
          release(3)
        })
    }
    completion(end, errors)
  }
}
