/// What a run of the engine is about, kept with it so that a later process can go on with it or take it back without
/// asking anybody: the manifest's id and meaning, and why the run is being taken back, if it is.
package struct Move: Equatable, Sendable {
  package let run: Run
  package let manifest: String
  /// What the manifest meant when the run began.
  package let meaning: String
  /// Set before the first step is undone.
  package let undoing: String?
}

/// An object that is being made under a name of its own, before it gets its place.
package struct Draft: Equatable, Sendable {
  package let path: String
  package let kind: String
  package let run: Int64
  /// The name beside the path.
  package let name: String
  /// Which file that is, once it was made.
  package let identity: String?

  package init(path: String, kind: String, run: Int64, name: String, identity: String? = nil) {
    self.path = path
    self.kind = kind
    self.run = run
    self.name = name
    self.identity = identity
  }
}

/// How an object was that a run found and changed.
package struct FoundObject: Equatable, Sendable {
  package let path: String
  package let mode: UInt32
  package let uid: UInt32
  package let gid: UInt32

  package init(path: String, mode: UInt32, uid: UInt32, gid: UInt32) {
    self.path = path
    self.mode = mode
    self.uid = uid
    self.gid = gid
  }
}

extension State {
  static let moveSchema = [
    """
    CREATE TABLE IF NOT EXISTS moves(run INTEGER PRIMARY KEY, manifest TEXT NOT NULL, meaning TEXT NOT NULL,
      undoing TEXT)
    """,
    """
    CREATE TABLE IF NOT EXISTS drafts(path TEXT PRIMARY KEY, kind TEXT NOT NULL, run INTEGER NOT NULL,
      name TEXT NOT NULL, identity TEXT) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS found(path TEXT PRIMARY KEY, mode INTEGER NOT NULL, uid INTEGER NOT NULL,
      gid INTEGER NOT NULL) WITHOUT ROWID
    """,
  ]

  /// Begins a run with all that is needed to go on with it.
  package func beginMove(
    verb: String, from source: Int, to target: Int, manifest: String, meaning: String, uid: Int64, at time: Int64
  ) throws(StoreFailure) -> Int64 {
    try database.transaction { () throws(StoreFailure) in
      let number = try beginRun(verb: verb, from: source, to: target, uid: uid, at: time)
      try database.statement("INSERT INTO moves VALUES(?,?,?,NULL)")
        .bind(.integer(number), .text(manifest), .text(meaning)).run()
      return number
    }
  }

  /// The run that began last and has not ended, where it is one of the engine's moves.
  package func interruptedMove() throws(StoreFailure) -> Move? {
    guard let run = try runs(limit: 1).first, run.result == nil, try hasTable("moves") else { return nil }
    return try database.statement("SELECT manifest, meaning, undoing FROM moves WHERE run=?")
      .bind(.integer(run.number)).first { row in
        Move(run: run, manifest: row.text(0) ?? "", meaning: row.text(1) ?? "", undoing: row.text(2))
      }
  }

  /// From here on the run is taken back, whoever goes on with it.
  package func beginUndo(ofRun number: Int64, reason: String) throws(StoreFailure) {
    try database.statement("UPDATE moves SET undoing=? WHERE run=? AND undoing IS NULL")
      .bind(.text(reason), .integer(number)).run()
  }

  /// The step is so already: intent and result in one, since nothing is done in between. One that was begun before an
  /// interruption stays one that was begun: taking the run back undoes it.
  package func skip(
    run: Int64, position: Int, verb: String, description: String, result: String, at time: Int64
  ) throws(StoreFailure) {
    try database.statement(
      """
      INSERT INTO steps VALUES(?,?,?,?,?,?,?) ON CONFLICT(run, position)
      DO UPDATE SET ended=excluded.ended, result=coalesce(result, 'done before it was interrupted')
      """
    ).bind(
      .integer(run), .integer(Int64(position)), .text(verb), .text(description), .integer(time), .integer(time),
      .text(result)
    ).run()
  }

  /// The run is at its end: what it applied is remembered (or, with nil, forgotten) together with that.
  package func finishMove(
    _ number: Int64, manifest: String, applied meaning: String?, at time: Int64
  ) throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      if let meaning {
        try keepApplied(manifest, meaning: meaning, at: time)
      } else {
        try forgetApplied(manifest)
      }
      try endRun(number, result: "done", detail: nil, at: time)
    }
  }

  // MARK: Objects that are being made

  package func drafts() throws(StoreFailure) -> [Draft] {
    try database.statement("SELECT path, kind, run, name, identity FROM drafts ORDER BY path").all { row in
      Draft(
        path: row.text(0) ?? "", kind: row.text(1) ?? "", run: row.integer(2), name: row.text(3) ?? "",
        identity: row.text(4))
    }
  }

  /// Before the draft is made: nothing stood at its path.
  package func beginDraft(_ path: String, kind: String, run: Int64, name: String) throws(StoreFailure) {
    try database.statement("INSERT OR REPLACE INTO drafts VALUES(?,?,?,?,NULL)")
      .bind(.text(path), .text(kind), .integer(run), .text(name)).run()
  }

  /// The draft is made: whatever is found at the path later is ours exactly where it is this file.
  package func identifyDraft(_ path: String, _ identity: String) throws(StoreFailure) {
    try database.statement("UPDATE drafts SET identity=? WHERE path=?").bind(.text(identity), .text(path)).run()
  }

  /// The draft has its place: from here on the object is ours.
  package func placeDraft(_ draft: Draft) throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      try keepObject(draft.path, kind: draft.kind, run: draft.run)
      try forgetDraft(draft.path)
    }
  }

  package func forgetDraft(_ path: String) throws(StoreFailure) {
    try database.statement("DELETE FROM drafts WHERE path=?").bind(.text(path)).run()
  }

  /// Which run made an object, nil where none did.
  package func maker(of path: String) throws(StoreFailure) -> Int64? {
    try database.statement("SELECT run FROM objects WHERE path=?").bind(.text(path)).first { $0.integer(0) }
  }

  // MARK: Objects that were found and changed

  /// Before its mode or owner is changed; what was found first counts.
  package func keepFound(_ object: FoundObject) throws(StoreFailure) {
    try database.statement("INSERT OR IGNORE INTO found VALUES(?,?,?,?)")
      .bind(.text(object.path), .integer(Int64(object.mode)), .integer(Int64(object.uid)), .integer(Int64(object.gid)))
      .run()
  }

  package func foundObject(_ path: String) throws(StoreFailure) -> FoundObject? {
    guard try hasTable("found") else { return nil }
    return try database.statement("SELECT mode, uid, gid FROM found WHERE path=?").bind(.text(path)).first { row in
      FoundObject(
        path: path, mode: UInt32(truncatingIfNeeded: row.integer(0)), uid: UInt32(truncatingIfNeeded: row.integer(1)),
        gid: UInt32(truncatingIfNeeded: row.integer(2)))
    }
  }

  package func forgetFound(_ path: String) throws(StoreFailure) {
    try database.statement("DELETE FROM found WHERE path=?").bind(.text(path)).run()
  }
}
