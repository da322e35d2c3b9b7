internal import SluiceCommandLine
internal import SluiceSystem

/// A service's own lines, written to standard error by a thread of their own: a reader that does not read costs lines,
/// which are counted, and never holds the service up.
final class LogLines: Sendable {
  private static let most = 1000
  private struct Queue {
    var lines: [String] = []
    var lost = 0
    var isWriting = false
  }
  private let prefix: String
  private let given: GivenOptions
  private let queue = Lock(Queue())
  private let wake: WakeSignal

  /// - Parameter given: what commands need that a line names.
  init(prefix: String, given: GivenOptions) throws(Errno) {
    self.prefix = prefix
    self.given = given
    wake = try WakeSignal()
  }

  /// Starts the thread; after the signals were blocked, which a thread inherits.
  func start() throws(Errno) { try SystemThread.start("log") { [self] in run() } }

  func add(_ text: String) {
    queue.withLock { queue in
      if queue.lines.count < Self.most { queue.lines.append(text) } else { queue.lost += 1 }
    }
    wake.raise()
  }

  /// Waits a moment for what is left, at the end.
  func finish() {
    let deadline = Clock.monotonic + 200_000_000
    while Clock.monotonic < deadline, queue.withLock({ !$0.lines.isEmpty || $0.isWriting }) {
      Wait.pause(nanoseconds: 1_000_000)
    }
  }

  private func run() {
    while true {
      let (lines, lost) = queue.withLock { queue in
        let taken = (queue.lines, queue.lost)
        queue.isWriting = !queue.lines.isEmpty
        queue.lines = []
        queue.lost = 0
        return taken
      }
      if lines.isEmpty {
        _ = try? Wait.ready(wake.descriptor, before: Clock.monotonic + 3_600_000_000_000)
        wake.clear()
        continue
      }
      for line in lines { StandardStream.error.write("\(prefix): \(TerminalText.safe(given.completing(line)))\n") }
      if lost > 0 { StandardStream.error.write("\(prefix): \(lost) lines were not written in time\n") }
      queue.withLock { $0.isWriting = false }
    }
  }
}
