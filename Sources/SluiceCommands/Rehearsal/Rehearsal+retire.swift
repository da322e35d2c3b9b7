internal import SluiceChannel
internal import SluiceCommandLine
internal import SluiceMigration
internal import SluiceSystem

/// The last leg: there is no way back from it.
extension Rehearsal {
  /// Seals the legacy path of the rehearsal's root, which is named for it, and tries what the seal does.
  func retire() throws(CommandFailure) {
    say("retire socket -> retired")
    var leg = Leg(verb: "retire", from: .socket, to: .retired)
    let start = Clock.monotonic
    var isWeak = false
    if settings.killsEveryStep {
      // Each command goes on with what the one before it left, and is killed behind the same intent once more, or one
      // further: what is done already has none, so that the second kill is behind a later step.
      while try killRetire(behind: 1 + leg.kills / 2, &isWeak) { leg.kills += 1 }
    } else {
      _ = try endRetire(stop: nil, &isWeak)
    }
    leg.nanoseconds = Clock.monotonic - start
    leg.steps = try lastSteps()
    if leg.kills > 0 {
      leg.nanoseconds = leg.steps.reduce(0) { $0 + $1.nanoseconds }
      say("  killed \(leg.kills) times, ever further on; one more command ended it")
    }
    legs.append(leg)
    try trySeal(isWeak: isWeak)
    try drain(isSealed: true)
    try verify("at retired")
  }

  private func killRetire(behind intent: Int, _ isWeak: inout Bool) throws(CommandFailure) -> Bool {
    let child = try endRetire(stop: intent, &isWeak)
    guard child.status == nil else { return false }
    child.kill()
    return true
  }

  /// Gives the command until the quiet window is open. What it says of a weak seal is taken for this once: the path is
  /// the rehearsal's own.
  /// - Returns: a command that was done, or that waits to be killed.
  private func endRetire(stop: Int?, _ isWeak: inout Bool) throws(CommandFailure) -> RehearsalChild {
    let deadline = Clock.monotonic + 60_000_000_000
    while true {
      try interrupted()
      let words =
        ["retire", "--confirm", layout.legacyInput, "--migrations", manifests]
        + (isWeak ? ["--accept-weak-seal"] : [])
      let child = try RehearsalChild(
        words, root: root.path, environment: stop.map { ["\(RehearsalStop.variable)=\(root.path):\($0)"] } ?? [])
      guard child.wait(seconds: 120, until: { stop != nil && $0.hasSaid(RehearsalStop.word) }) else {
        throw failure(child, "did not end")
      }
      guard let status = child.status, status != 0 else { return child }
      guard status == ExitCode.gateNotMet.rawValue, Clock.monotonic < deadline else {
        throw failure(child, "ended with \(status)")
      }
      if child.errorText.contains("--accept-weak-seal") {
        if !isWeak {
          say("  the seal is a weak one here: root on a filesystem with immutable files makes a strong one")
        }
        isWeak = true
      }
      Wait.pause(nanoseconds: 100_000_000)
    }
  }

  /// What an old client gets from now on is an error, and what one that was moved sends arrives.
  private func trySeal(isWeak: Bool) throws(CommandFailure) {
    let styles: [RehearsalStyle] = isWeak ? [.overwrite, .append] : [.overwrite, .append, .rename, .slow]
    for style in writers.writeEach(styles) {
      problems.append("the sealed path took a message (\(style.rawValue)): nobody will read it")
    }
    guard writers.writeEach([.socket]).count == 1 else {
      problems.append("the socket does not take messages any more")
      return
    }
  }
}
