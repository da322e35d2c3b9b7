/// A script, a crontab or a unit that names one of the paths.
package struct Script: Sendable, Equatable {
  package let path: String
  package let uid: UInt32
  package let mode: UInt32
  package let mentions: [ScriptText.Mention]
  package var schedules: [Schedule]

  package init(
    path: String, uid: UInt32, mode: UInt32, mentions: [ScriptText.Mention], schedules: [Schedule] = []
  ) {
    self.path = path
    self.uid = uid
    self.mode = mode
    self.mentions = mentions
    self.schedules = schedules
  }

  /// The strongest that it does: a writer that also reads is a writer.
  package var use: ScriptUse {
    let all = Set(mentions.map(\.use))
    return [.writes, .appends, .moves, .deletes, .watches, .reads].first { all.contains($0) } ?? .names
  }
}
