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
    return lines
  }
}
