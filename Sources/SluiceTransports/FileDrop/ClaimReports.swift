internal import SluiceReactor
internal import SluiceSystem

/// What one claimer tells its receiver: by letters, and by the bell of its watch.
///
/// An event wakes both threads at once. By letters alone the reactor would be woken only when the claimer was, which
/// takes as long again, and is most of a drop's way.
final class ClaimReports: ReadinessHandler {
  /// Its thread keeps it for as long as that runs.
  private weak var claimer: DropClaimer?
  private let reports: Mailbox<DropClaimer.Report>
  /// Everything here is called by it.
  private unowned let reactor: Reactor
  private weak var receiver: FileDropReceiver?
  private var letters: Reactor.Registration?
  private var bell: DirectoryWatch.Bell?
  private var bellRegistration: Reactor.Registration?
  /// Since when, on the monotonic clock, so many rings have brought nothing.
  private var idle: (since: Int64, rings: Int) = (0, 0)
  private static let idleSpan: Int64 = 10_000_000
  private static let mostIdle = 32
  /// Nanoseconds.
  private static let patience: Int64 = 30_000

  /// Lasts until the claimer's last report.
  static func connect(_ claimer: DropClaimer, to receiver: FileDropReceiver) throws(Errno) {
    let made = ClaimReports(claimer, receiver)
    made.letters = try claimer.reports.attach(to: receiver.reactor) { report in made.take(report) }
  }

  private init(_ claimer: DropClaimer, _ receiver: FileDropReceiver) {
    self.claimer = claimer
    reports = claimer.reports
    self.receiver = receiver
    reactor = receiver.reactor
  }

  func ready(_ readiness: Readiness) {
    // In others' noise the claimer's thread looks, and this one has its work to do: letters come all the same.
    if reactor.turnTime - idle.since > Self.idleSpan { idle = (reactor.turnTime, 0) }
    guard idle.rings < Self.mostIdle else { return }
    var letters = reports.hasLetters ? reports.takeAll() : []
    var claimed: [(name: String, slot: Int)] = []
    // What has just been claimed is about to be closed: another drop is for the claimer's thread.
    if letters.isEmpty, receiver?.isExpecting != true {
      claimed = claimNow()
      letters = reports.takeAll()
    }
    idle.rings = claimed.isEmpty && letters.isEmpty ? idle.rings + 1 : 0
    for report in letters { take(report) }
    for (name, slot) in claimed { receiver?.take(.claimed(name, slot: slot)) }
    receiver?.heard()
  }

  /// Claims, or waits until the claimer's thread has: to sleep and be woken takes longer than its claim.
  private func claimNow() -> [(name: String, slot: Int)] {
    guard let claimer else { return [] }
    if let claimed = claimer.claimNow() { return claimed }
    let end = Clock.monotonic + Self.patience
    while !reports.hasLetters, Clock.monotonic < end { if let claimed = claimer.claimNow() { return claimed } }
    return []
  }

  private func take(_ report: DropClaimer.Report) {
    receiver?.take(report)
    switch report {
    case .watching(let bell): listen(to: bell)
    case .ended:
      if let bellRegistration { reactor.remove(bellRegistration) }
      if let letters { reactor.remove(letters) }
      (bell, bellRegistration, letters) = (nil, nil, nil)
    default: break
    }
  }

  private func listen(to bell: DirectoryWatch.Bell) {
    // Without it the letters are what comes.
    guard let made = try? reactor.register(bell.descriptor, for: [.read, .newsOnly], handler: self) else { return }
    if let bellRegistration { reactor.remove(bellRegistration) }
    (self.bell, bellRegistration) = (bell, made)
  }
}
