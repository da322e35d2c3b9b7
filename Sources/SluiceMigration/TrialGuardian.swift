package import SluiceChannel
internal import SluiceStore
internal import SluiceSystem

/// Rolls back what nobody confirms in time. It is a thread of the running server, since that is there when the command is
/// long gone; a server that starts after the time, or after a reboot, rolls back at once.
///
/// It works from inside the server's sandbox: it reads no manifest, since the state holds what was applied, and asks the
/// server over its control socket as a command would.
package struct TrialGuardian: Sendable {
  /// Nanoseconds between two looks, and after a rollback that failed.
  private static let pause: Int64 = 1_000_000_000
  private static let pauseAfterFailure: Int64 = 3_000_000_000

  private let channel: ChannelFile
  private let layout: ChannelLayout
  private let log: @Sendable (String) -> Void

  package init(channel: ChannelFile, layout: ChannelLayout, log: @escaping @Sendable (String) -> Void) {
    self.channel = channel
    self.layout = layout
    self.log = log
  }

  /// Starts the thread, which ends with the process.
  package func start() {
    do throws(Errno) { try SystemThread.start("trial") { watch() } } catch {
      log("cannot start the thread that watches over trials: \(error); a trial is not rolled back by this server")
    }
  }

  private func watch() {
    var told = ""
    while true {
      do throws(MigrationFailure) {
        Wait.pause(nanoseconds: try look() ?? Self.pause)
        told = ""
      } catch {
        if error.description != told, error.kind != .locked { log("trial: \(error.description)") }
        told = error.description
        Wait.pause(nanoseconds: error.kind == .locked ? Self.pause : Self.pauseAfterFailure)
      }
    }
  }

  /// - Returns: nanoseconds until the deadline, at most the pause; nil where no trial waits.
  private func look() throws(MigrationFailure) -> Int64? {
    let found: (trial: Trial, meanings: [String])?
    do throws(StoreFailure) {
      guard let state = try State.reading(path: layout.database), let trial = try state.trial() else { return nil }
      found = (trial, try state.appliedMeanings())
    } catch { throw MigrationFailure(error) }
    guard let found else { return nil }
    let left = found.trial.timeLeft(boot: Clock.boot, at: Clock.sinceBoot)
    if left > 0 { return min(left, Self.pause) }
    try rollBack(found.trial, found.meanings)
    return nil
  }

  private func rollBack(_ trial: Trial, _ meanings: [String]) throws(MigrationFailure) {
    guard let source = Phase(rawValue: trial.source) else { return }
    log("the trial was not confirmed: rolling back to \(source.name)")
    let manifests = ManifestSet(directory: "the state", manifests: meanings.compactMap { Manifest(meaning: $0) })
    let engine = try Engine(channel: channel, layout: layout, manifests: manifests, isConfined: true) { _ in }
    try engine.run(MigrationRequest(.expiry, to: source))
    let verification = try engine.verify()
    log("rolled back to \(source.name), not confirmed; verified: \(verification.verdict.rawValue)")
    for line in verification.lines where line.verdict != .proven { log("trial: \(line.subject): \(line.finding)") }
  }
}
