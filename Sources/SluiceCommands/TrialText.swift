internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
internal import SluiceWire

/// A trial on the screen.
enum TrialText {
  /// `run-file -> socket, rolled back in 7m unless: sluice confirm`
  static func line(_ trial: Trial) -> String {
    let left = trial.timeLeft(boot: Clock.boot, at: Clock.sinceBoot)
    let phases = "\(name(trial.source)) -> \(name(trial.target))"
    guard left > 0 else { return "\(phases), not confirmed in time: the server rolls it back" }
    return "\(phases), rolled back in \(rounded(left)) unless: sluice confirm"
  }

  static func append(_ trial: Trial, to json: inout JSONWriter) {
    json.beginObject("trial")
    json.member("from", name(trial.source))
    json.member("to", name(trial.target))
    json.member("secondsLeft", trial.timeLeft(boot: Clock.boot, at: Clock.sinceBoot) / 1_000_000_000)
    json.member("until", Timestamp(nanoseconds: trial.wallDeadline).description)
    json.endObject()
  }

  private static func name(_ number: Int) -> String { Phase(rawValue: number)?.name ?? "\(number)" }

  /// In minutes while there are several, in seconds at the end.
  private static func rounded(_ nanoseconds: Int64) -> TimeSpan {
    let seconds = nanoseconds / 1_000_000_000
    return TimeSpan.seconds(seconds >= 120 ? seconds / 60 * 60 : max(1, seconds))
  }
}
