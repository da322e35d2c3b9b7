internal import SluiceStore
internal import SluiceSystem

/// What one transaction of the state database takes in.
struct Commit: Sendable {
  var number: Int64
  var outcomes: [Outcome]
  var counts: [LedgerEntry]
  var writers: [WriterCount]
  var drops: [DropCount]
  var gaps: [RelayGap]
  var forgotten: [String]
  var auditPosition: Int64
}

/// What the database's thread says of it.
enum CommitReport: Sendable {
  case done(Int64)
  case failed(Int64, String)
}

/// The state database on its own thread: a commit may wait for the disk or for another process.
final class CommitThread: Sendable {
  private let state: Lock<State>

  init(_ state: sending State) { self.state = Lock(state) }

  func run(_ commit: Commit) -> CommitReport {
    state.withLock { state in
      do throws(StoreFailure) {
        StopPoint.committing.pass()
        // All or nothing: a commit that failed is made again, and must not count anything twice.
        try state.commit(
          outcomes: commit.outcomes, counts: commit.counts, auditPosition: commit.auditPosition, at: Clock.realtime,
          writers: commit.writers, drops: commit.drops, gaps: commit.gaps, forgotten: commit.forgotten)
        if !commit.forgotten.isEmpty { StopPoint.forgotten.pass() }
        return .done(commit.number)
      } catch { return .failed(commit.number, error.description) }
    }
  }
}
