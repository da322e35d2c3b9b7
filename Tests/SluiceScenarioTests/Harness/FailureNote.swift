import Synchronization
import Testing

/// Remembers that an issue was recorded while a rehearsal ran, so that its logs are worth printing.
final class FailureNote: Sendable {
  @TaskLocal static var current: FailureNote?
  private let isSet = Atomic<Bool>(false)

  func set() { isSet.store(true, ordering: .relaxed) }
  var hasFailed: Bool { isSet.load(ordering: .relaxed) }
}

extension Trait where Self == IssueHandlingTrait {
  /// Prints the services' logs of a scenario in which something failed.
  static var printsLogs: Self {
    .compactMapIssues { issue in
      FailureNote.current?.set()
      return issue
    }
  }
}
