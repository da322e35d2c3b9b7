internal import SluiceChannel

/// What the relay says at its start of the way in which it takes drops: what that promises, and what it does not.
enum IngressPromise {
  static func lines(_ legacy: LegacySettings) -> [String] {
    var lines: [String] = []
    if legacy.consume == .linger {
      lines.append(
        "legacy.consume 'linger': drops stay readable for \(legacy.linger) after they were taken; a message that another"
          + " client overwrites before it was read (one tick of the clock at least) is lost, and with 'take' seldom is;"
          + " text that begins with all of the earlier text counts as appended")
    }
    if legacy.ingress == .gate {
      lines.append(
        "legacy.ingress 'gate': writers at the legacy paths are let in one at a time, and none overwrites another; what"
          + " is moved there (mv, ln) is not gated; a client that keeps the file open for longer than 0.7 s is not waited"
          + " for, and what is then written beside it is quarantined; a guard ends the relay when it hangs for 0.5 s, so"
          + " that no writer waits longer than a second")
    }
    return lines
  }
}
