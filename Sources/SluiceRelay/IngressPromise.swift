package import SluiceChannel

/// What is said of the way in which drops are taken: what that promises, and what it does not.
package enum IngressPromise {
  /// What an ingress mode cannot promise, in a line.
  package static func limit(_ mode: LegacySettings.Ingress) -> String {
    switch mode {
    case .watch: "a drop that another replaces within about 0.15 ms is lost; two writers in one file may mix"
    case .gate: "what is moved there from elsewhere is not gated; a writer that stays over 0.7 s is not waited for"
    case .fifo:
      "lines over 4096 bytes are kept aside; nobody is named as the writer; writers wait while the relay is down, and"
        + " what is in the pipe is lost where relay and server are killed together"
    }
  }

  /// What a consume mode cannot promise, in a line.
  package static func limit(_ mode: LegacySettings.Consume) -> String {
    switch mode {
    case .take: "what a client does by path after writing (chmod, cat, test -f) may fail"
    case .linger: "a client that waits until the path is gone waits for the linger time; overwriting within it may lose"
    }
  }

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
          + " is moved over an unread drop replaces it, unless made in the same directory while the relay ran; a"
          + " client that keeps the file open for longer than 0.7 s is not waited for, and what is then written beside it"
          + " is quarantined; a guard ends the relay when it hangs for 0.5 s, so"
          + " that no writer waits longer than a second")
    }
    if legacy.ingress == .fifo {
      lines.append(
        "legacy.ingress 'fifo': a FIFO stands at \(legacy.input): lines of up to 4096 bytes, written at once, stay whole;"
          + " longer ones, and what came between pieces of them, are quarantined; nobody is named as the writer; what is"
          + " in the pipe is lost where relay and server are killed together; writers wait until the relay runs again; mv and rm replace the"
          + " FIFO, which is put there again")
    }
    return lines
  }
}
