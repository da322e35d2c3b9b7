internal import SluiceReactor
internal import SluiceSystem

/// Files that were let go of, looked at for a while for what somebody writes to them who found them before.
final class LateWrites {
  /// Nanoseconds.
  private static let interval: Int64 = 50_000_000
  /// When each is looked at, after it was let go of: seldom, since each look at each file is a system call.
  private static let looks: [Int64] = [50_000_000, 300_000_000]
  private static let patience: Int64 = 1_000_000_000
  private static let mostBytes = 16 << 20

  private let reactor: Reactor
  private let limit: Int
  private let most: Int
  /// Those whose late writers stay: for as long as they do.
  private let mostWritten: Int
  /// In the order in which they were let go of.
  private var held: [HeldClaim] = []
  private var byteCount = 0
  private var written: [HeldClaim] = []
  private var isDue = false
  /// Makes a message of late bytes: false where that has to be tried again. What is urgent is lost otherwise.
  var found: ((HeldClaim, [UInt8], _ isUrgent: Bool) -> Bool)?
  var noticed: ((String) -> Void)?

  /// - Parameters:
  ///   - limit: most bytes that are read of a file.
  ///   - most: files that are held open while nobody writes to them; a quarter as many that somebody writes to.
  init(reactor: Reactor, limit: Int, most: Int) {
    self.reactor = reactor
    self.limit = limit
    self.most = most
    mostWritten = most / 4
  }

  func hold(_ claim: HeldClaim, slot: Int) {
    // Who waits in open(2) for the lease need wait no longer: nothing that is written now is overlooked.
    claim.release()
    claim.slot = slot
    claim.since = Clock.monotonic
    held.append(claim)
    byteCount += claim.byteCount
    if held.count > most || byteCount > Self.mostBytes { letGo(of: max(1, held.count / 4), at: claim.since) }
    if !isDue { lookSoon() }
  }

  /// Nobody is waited for any more.
  func end() {
    letGo(of: held.count, at: Clock.monotonic)
    for claim in written { _ = look(claim, isLast: true, isUrgent: true, at: Clock.monotonic) }
    written = []
  }

  private func lookSoon() {
    isDue = true
    reactor.schedule(after: Self.interval) { [weak self] in self?.look() }
  }

  private func look() {
    isDue = false
    let now = Clock.monotonic
    written = written.filter { !look($0, isLast: true, at: now) }
    let old = held.firstIndex { now - $0.since < Self.patience } ?? held.count
    letGo(of: old, at: now)
    for claim in held where claim.looks < Self.looks.count && now - claim.since >= Self.looks[claim.looks] {
      claim.looks += 1
      _ = look(claim, isLast: false, at: now)
    }
    // Of what was written to them they remember all.
    byteCount = held.reduce(0) { $0 + $1.byteCount }
    while byteCount > Self.mostBytes { letGo(of: max(1, held.count / 4), at: now) }
    if !held.isEmpty || !written.isEmpty { lookSoon() }
  }

  private func letGo(of count: Int, at now: Int64) {
    for claim in held[..<count] where !look(claim, isLast: true, at: now) {
      if written.count < mostWritten {
        written.append(claim)
      } else if !look(claim, isLast: true, isUrgent: true, at: now) {
        noticed?("too many files are written to after they were taken; one is given up")
      }
    }
    held.removeFirst(count)
    byteCount = held.reduce(0) { $0 + $1.byteCount }
  }

  /// - Returns: whether there is nothing in it that is nobody's message.
  private func look(_ claim: HeldClaim, isLast: Bool, isUrgent: Bool = false, at now: Int64) -> Bool {
    do throws(Errno) {
      switch try claim.look(isLast: isLast, limit: limit) {
      case .unchanged: return true
      case .notYet: return false
      case .written(let rest, let all, let size, let modified):
        guard rest.isEmpty || found?(claim, rest, isUrgent) ?? true else { return false }
        claim.remember(all, size: size, modified: modified, at: now)
        return true
      }
    } catch {
      noticed?("cannot look again at a file that was taken: \(error)")
      return true
    }
  }
}
