internal import SluiceSystem

/// How long a test waits for what must come: far more than it takes, so that only a fault meets it.
package struct Deadline: Sendable {
  private let end: Int64
  package init(seconds: Int64 = 20) { end = Clock.monotonic + seconds * 1_000_000_000 }
  package var hasPassed: Bool { Clock.monotonic >= end }
  package var nanoseconds: Int64 { end }
}
