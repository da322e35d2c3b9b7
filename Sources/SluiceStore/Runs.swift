/// One run of the migration engine.
package struct Run: Equatable, Sendable {
  package let number: Int64
  package let verb: String
  package let source: Int
  package let target: Int
  package let uid: Int64
  package let started: Int64
  package let finished: Int64?
  package let result: String?
  package let detail: String?
}

/// One step of a run, as it was intended and as it ended.
package struct RunStep: Equatable, Sendable {
  package let position: Int64
  package let verb: String
  package let description: String
  package let intended: Int64
  package let ended: Int64?
  package let result: String?
}

extension State {
  package func beginRun(verb: String, from source: Int, to target: Int, uid: Int64, at time: Int64) throws(StoreFailure)
    -> Int64
  {
    try database.statement("INSERT INTO runs(verb, source, target, uid, started) VALUES(?,?,?,?,?)")
      .bind(.text(verb), .integer(Int64(source)), .integer(Int64(target)), .integer(uid), .integer(time)).run()
    return database.lastInsertedRow
  }

  package func endRun(_ number: Int64, result: String, detail: String?, at time: Int64) throws(StoreFailure) {
    try database.statement("UPDATE runs SET finished=?, result=?, detail=? WHERE id=?")
      .bind(.integer(time), .text(result), .optional(detail), .integer(number)).run()
  }

  /// The intent, durable before the step acts.
  package func intend(run: Int64, position: Int, verb: String, description: String, at time: Int64) throws(StoreFailure)
  {
    try database.statement("INSERT OR REPLACE INTO steps(run, position, verb, description, intended) VALUES(?,?,?,?,?)")
      .bind(.integer(run), .integer(Int64(position)), .text(verb), .text(description), .integer(time)).run()
  }

  /// What was observed after it.
  package func observe(run: Int64, position: Int, result: String, at time: Int64) throws(StoreFailure) {
    try database.statement("UPDATE steps SET ended=?, result=? WHERE run=? AND position=?")
      .bind(.integer(time), .text(result), .integer(run), .integer(Int64(position))).run()
  }

  /// Runs, newest first.
  package func runs(limit: Int) throws(StoreFailure) -> [Run] {
    try database.statement(
      "SELECT id, verb, source, target, uid, started, finished, result, detail FROM runs ORDER BY id DESC LIMIT ?"
    ).bind(.integer(Int64(limit))).all { row in
      Run(
        number: row.integer(0), verb: row.text(1) ?? "", source: Int(row.integer(2)), target: Int(row.integer(3)),
        uid: row.integer(4), started: row.integer(5), finished: row.isNull(6) ? nil : row.integer(6),
        result: row.text(7), detail: row.text(8))
    }
  }

  package func steps(ofRun number: Int64) throws(StoreFailure) -> [RunStep] {
    try database.statement(
      "SELECT position, verb, description, intended, ended, result FROM steps WHERE run=? ORDER BY position"
    ).bind(.integer(number)).all { row in
      RunStep(
        position: row.integer(0), verb: row.text(1) ?? "", description: row.text(2) ?? "", intended: row.integer(3),
        ended: row.isNull(4) ? nil : row.integer(4), result: row.text(5))
    }
  }

  /// The meaning under which a manifest was applied, nil when it was not.
  package func appliedMeaning(of manifest: String) throws(StoreFailure) -> String? {
    try database.statement("SELECT meaning FROM applied WHERE id=?").bind(.text(manifest)).first { $0.text(0) ?? "" }
  }
  package func appliedMeanings() throws(StoreFailure) -> [String] {
    try database.statement("SELECT meaning FROM applied ORDER BY id").all { $0.text(0) ?? "" }
  }
  package func keepApplied(_ manifest: String, meaning: String, at time: Int64) throws(StoreFailure) {
    try database.statement("INSERT OR REPLACE INTO applied VALUES(?,?,?)")
      .bind(.text(manifest), .text(meaning), .integer(time)).run()
  }
  package func forgetApplied(_ manifest: String) throws(StoreFailure) {
    try database.statement("DELETE FROM applied WHERE id=?").bind(.text(manifest)).run()
  }

  /// Objects that a run made, so that undoing removes nothing else.
  package func keepObject(_ path: String, kind: String, run: Int64) throws(StoreFailure) {
    try database.statement("INSERT OR REPLACE INTO objects VALUES(?,?,?)")
      .bind(.text(path), .text(kind), .integer(run)).run()
  }
  package func madeObject(_ path: String) throws(StoreFailure) -> Bool {
    try database.statement("SELECT 1 FROM objects WHERE path=?").bind(.text(path)).first { _ in true } ?? false
  }
  package func forgetObject(_ path: String) throws(StoreFailure) {
    try database.statement("DELETE FROM objects WHERE path=?").bind(.text(path)).run()
  }
}
