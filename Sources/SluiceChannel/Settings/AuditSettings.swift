/// `audit`: the append-only record of what happened.
package struct AuditSettings: Hashable, Sendable {
  /// `mode`: the permissions of the audit log. Default 0600.
  package var mode: FileMode
  /// `seal`: the longest time that a record waits to be made durable. Default 200ms; 0s to 1m.
  package var seal: TimeSpan

  package init(mode: FileMode = .ownerOnly, seal: TimeSpan = .milliseconds(200)) {
    self.mode = mode
    self.seal = seal
  }

  init(reading reader: ObjectReader) {
    let defaults = AuditSettings()
    self.init(
      mode: reader.fileMode("mode") ?? defaults.mode,
      seal: reader.duration("seal", in: TimeSpan(nanoseconds: 0) ... .seconds(60)) ?? defaults.seal)
  }

  /// What is wrong with the mode.
  package var modeProblem: String? {
    if mode.isExecutable || mode.isSpecial {
      return "mode \(mode) has execute, set-ID or sticky bits; a log needs none"
    }
    if mode.letsOthersWrite { return "mode \(mode) lets every user of this host write the audit log" }
    return nil
  }

  func render(into writer: inout JSON5Writer) {
    writer.comment("The permissions of the audit log.")
    writer.string("mode", mode)
    writer.comment("The longest time that a record waits to be made durable.")
    writer.string("seal", seal)
  }
}
