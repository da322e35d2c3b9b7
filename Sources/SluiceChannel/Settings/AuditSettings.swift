/// `audit`: the append-only record of what happened.
package struct AuditSettings: Hashable, Sendable {
  /// `mode`: the permissions of the audit log. Default 0600.
  package var mode: FileMode
  /// `seal`: the longest time that a record waits to be made durable. Default 200ms; 0s to 1m.
  package var seal: TimeSpan
  /// `rotate`: how large a log file grows before the log goes on in another. Default 64M; 64K to 1024G.
  package var rotate: ByteCount
  /// `keep`: how many files are kept beside the one that is written; older ones are let go of, on record. Default 16.
  package var keep: Int

  package init(
    mode: FileMode = .ownerOnly, seal: TimeSpan = .milliseconds(200),
    rotate: ByteCount = ByteCount(bytes: 64 << 20), keep: Int = 16
  ) {
    self.rotate = rotate
    self.keep = keep
    self.mode = mode
    self.seal = seal
  }

  init(reading reader: ObjectReader) {
    let defaults = AuditSettings()
    self.init(
      mode: reader.fileMode("mode") ?? defaults.mode,
      seal: reader.duration("seal", in: TimeSpan(nanoseconds: 0) ... .seconds(60)) ?? defaults.seal,
      rotate: reader.byteCount("rotate", in: ByteCount(bytes: 1 << 16)...ByteCount(bytes: 1 << 40))
        ?? defaults.rotate,
      keep: reader.integer("keep", in: 1...100_000) ?? defaults.keep)
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
    writer.comment("How large a log grows before it goes on in a new file, and how many older files are kept.")
    writer.byteCount("rotate", rotate)
    writer.integer("keep", keep)
  }
}
