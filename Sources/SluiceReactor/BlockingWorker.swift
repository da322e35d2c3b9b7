package import SluiceSystem

/// A thread of its own that takes jobs in order: for what may block (locks, the database, name services).
package final class BlockingWorker<Job: Sendable>: Sendable {
  private struct Queue {
    var jobs: [Job] = []
    var ended = false
  }
  private let queue = Lock(Queue())
  private let wake: WakeSignal

  /// Starts the thread; `body` gets all jobs that have gathered, so that it can batch them.
  package init(_ name: String, _ body: @escaping @Sendable ([Job]) -> Void) throws(Errno) {
    wake = try WakeSignal()
    try SystemThread.start(name) { [self] in
      while true {
        let (jobs, ended) = queue.withLock { queue in
          let taken = (queue.jobs, queue.ended)
          queue.jobs = []
          return taken
        }
        if !jobs.isEmpty { body(jobs) } else if ended { return }
        if jobs.isEmpty {
          _ = try? Wait.ready(wake.descriptor, before: .max)
          wake.clear()
        }
      }
    }
  }

  package func post(_ job: Job) {
    queue.withLock { $0.jobs.append(job) }
    wake.raise()
  }

  /// Lets the thread end after the jobs that it has.
  package func end() {
    queue.withLock { $0.ended = true }
    wake.raise()
  }
}
