/// An apply that is rolled back unless somebody confirms it in time.
package struct Trial: Equatable, Sendable {
  package let number: Int64
  /// Phases, by number: where it is rolled back to, and where it was to lead.
  package let source: Int
  package let target: Int
  /// The boot in which the deadline means something; any other is over.
  package let boot: String
  /// Nanoseconds of CLOCK_BOOTTIME, which goes on while the machine sleeps.
  package let deadline: Int64
  /// The same in nanoseconds since 1970, for the screen only.
  package let wallDeadline: Int64
  /// How long it was to be, in nanoseconds.
  package let length: Int64
  package let uid: Int64
  /// The first run that belongs to it is the one after this.
  package let lastRunBefore: Int64

  package init(
    number: Int64, source: Int, target: Int, boot: String, deadline: Int64, wallDeadline: Int64, length: Int64,
    uid: Int64, lastRunBefore: Int64
  ) {
    self.number = number
    self.source = source
    self.target = target
    self.boot = boot
    self.deadline = deadline
    self.wallDeadline = wallDeadline
    self.length = length
    self.uid = uid
    self.lastRunBefore = lastRunBefore
  }

  /// Nanoseconds left; 0 where the time is over, or another boot has begun.
  package func timeLeft(boot now: String, at time: Int64) -> Int64 {
    boot == now && !boot.isEmpty ? max(0, deadline - time) : 0
  }
}

extension State {
  static let trialSchema = [
    """
    CREATE TABLE IF NOT EXISTS trials(id INTEGER PRIMARY KEY, source INTEGER NOT NULL, target INTEGER NOT NULL,
      boot TEXT NOT NULL, deadline INTEGER NOT NULL, wall INTEGER NOT NULL, length INTEGER NOT NULL,
      uid INTEGER NOT NULL, before INTEGER NOT NULL, result TEXT)
    """
  ]

  /// The trial that nobody has ended; nil where none waits.
  package func trial() throws(StoreFailure) -> Trial? {
    guard try hasTable("trials") else { return nil }
    return try database.statement(
      """
      SELECT id, source, target, boot, deadline, wall, length, uid, before FROM trials WHERE result IS NULL
      ORDER BY id DESC LIMIT 1
      """
    ).first { row in
      Trial(
        number: row.integer(0), source: Int(row.integer(1)), target: Int(row.integer(2)), boot: row.text(3) ?? "",
        deadline: row.integer(4), wallDeadline: row.integer(5), length: row.integer(6), uid: row.integer(7),
        lastRunBefore: row.integer(8))
    }
  }

  /// How the last trial ended; nil where there was none.
  package func lastTrialResult() throws(StoreFailure) -> String? {
    guard try hasTable("trials") else { return nil }
    return try database.statement("SELECT result FROM trials WHERE result IS NOT NULL ORDER BY id DESC LIMIT 1")
      .first { $0.text(0) ?? "" }
  }

  /// Before the first step of what is tried.
  package func beginTrial(_ trial: Trial) throws(StoreFailure) {
    try database.statement("INSERT INTO trials VALUES(NULL,?,?,?,?,?,?,?,(SELECT coalesce(max(id),0) FROM runs),NULL)")
      .bind(
        .integer(Int64(trial.source)), .integer(Int64(trial.target)), .text(trial.boot), .integer(trial.deadline),
        .integer(trial.wallDeadline), .integer(trial.length), .integer(trial.uid)
      ).run()
  }

  /// The time begins anew, when what is tried is there to be tried.
  package func restartTrial(_ number: Int64, deadline: Int64, wallDeadline: Int64) throws(StoreFailure) {
    try database.statement("UPDATE trials SET deadline=?, wall=? WHERE id=?")
      .bind(.integer(deadline), .integer(wallDeadline), .integer(number)).run()
  }

  /// - Parameter undone: what to say of the runs that belonged to it, where they were taken back.
  package func endTrial(_ trial: Trial, result: String, undone: String? = nil) throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      try database.statement("UPDATE trials SET result=? WHERE id=?").bind(.text(result), .integer(trial.number)).run()
      guard let undone else { return }
      try database.statement(
        "UPDATE runs SET result='rolled back', detail=? WHERE id>? AND target>source AND result='done'"
      ).bind(.text(undone), .integer(trial.lastRunBefore)).run()
    }
  }
}
