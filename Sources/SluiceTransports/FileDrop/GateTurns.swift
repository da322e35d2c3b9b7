internal import SluiceSystem

/// Who may have a gated file open, one at a time: pure, so that what happens in which order is a table in a test.
struct GateTurns<Opener> {
  /// What has to be done, in this order.
  enum Action {
    case allow(Opener)
    /// The file's content is one opener's, whole, and nobody else is in: copy it and empty the file.
    case copy(isContended: Bool)
  }

  /// Openers that are in now.
  private(set) var inside = 0
  private(set) var waiting: [Opener] = []
  /// Several were let in together, because one of them stayed for too long.
  private var isContended = false
  /// When the last one was let in, in nanoseconds of the monotonic clock.
  private(set) var since: Int64 = 0

  var isIdle: Bool { inside == 0 && waiting.isEmpty }

  mutating func opened(_ opener: Opener, at now: Int64) -> [Action] {
    guard inside > 0 || !waiting.isEmpty else { return [letIn(opener, now)] }
    waiting.append(opener)
    return []
  }

  mutating func closed(at now: Int64) -> [Action] {
    inside = max(0, inside - 1)
    guard inside == 0 else { return [] }
    return finish(now)
  }

  /// The kernel says that nobody writes the file: an opening that failed has no close.
  mutating func foundEmpty(at now: Int64) -> [Action] {
    guard inside > 0 else { return [] }
    inside = 0
    return finish(now)
  }

  /// Nobody waits for a client that keeps the file open for longer than this: what they then write together is said to
  /// be contended.
  mutating func lookAtPatience(_ patience: Int64, at now: Int64) -> [Action] {
    guard inside > 0, !waiting.isEmpty, now - since >= patience else { return [] }
    isContended = true
    let all = waiting
    waiting = []
    return all.map { letIn($0, now) }
  }

  private mutating func finish(_ now: Int64) -> [Action] {
    let copy = Action.copy(isContended: isContended)
    isContended = false
    guard !waiting.isEmpty else { return [copy] }
    return [copy, letIn(waiting.removeFirst(), now)]
  }

  private mutating func letIn(_ opener: Opener, _ now: Int64) -> Action {
    inside += 1
    since = now
    return .allow(opener)
  }
}
