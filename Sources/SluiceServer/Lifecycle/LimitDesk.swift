internal import SluicePolicy
internal import SluiceReactor

/// Tells of limits that were reached: the first time at once, what follows together after an interval, so that neither
/// the log nor the audit log grows with a storm.
final class LimitDesk {
  /// Nanoseconds between reports of what goes on.
  private static let interval: Int64 = 10_000_000_000

  private(set) var tally = LimitTally()
  private let reactor: Reactor
  private let recorder: Recorder
  private let noticed: (String) -> Void
  private var isScheduled = false

  init(reactor: Reactor, recorder: Recorder, noticed: @escaping (String) -> Void) {
    self.reactor = reactor
    self.recorder = recorder
    self.noticed = noticed
  }

  func take(_ hit: LimitHit) {
    if tally.count(hit.limit, uid: hit.uid) {
      noticed(hit.text)
      record(hit.limit, hit.uid, 1, hit.text)
    }
    guard !isScheduled else { return }
    isScheduled = true
    reactor.schedule(after: Self.interval) { [weak self] in self?.report() }
  }

  private func report() {
    isScheduled = false
    tell()
    guard !tally.isQuiet else { return }
    isScheduled = true
    reactor.schedule(after: Self.interval) { [weak self] in self?.report() }
  }

  /// Tells what was not told yet; also at the end of the process.
  func tell() {
    for entry in tally.report() {
      let who = entry.key.uid.map { "uid \($0)" } ?? "others"
      noticed("limit '\(entry.key.limit.rawValue)' reached \(entry.untold) more times by \(who)")
      record(entry.key.limit, entry.key.uid, entry.untold, nil)
    }
  }

  private func record(_ limit: Limit, _ uid: UInt32?, _ count: Int64, _ text: String?) {
    recorder.note("limited") { line in
      line.member("limit", limit.rawValue)
      if let uid { line.member("uid", Int64(uid)) }
      line.member("count", count)
      if let text { line.member("reason", text) }
    }
  }
}
