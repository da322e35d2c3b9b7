package import SluiceSystem

extension ChildProcess {
  /// Kills it with its group and takes its end, unless that was taken. A child whose end nobody takes hides the ends of
  /// all later ones from whoever waits for any child at all, as the monitor of exit tests does: these would then wait
  /// for ever.
  package func endAndReap() {
    do throws(Errno) {
      // Its number is nobody else's as long as its end is not taken.
      while try Self.reap(pid) == nil {
        Self.killGroup(pid)
        _ = try Wait.ready(pidfd, before: Clock.monotonic + 1_000_000_000)
      }
    } catch {
      // Taken already.
    }
  }
}
