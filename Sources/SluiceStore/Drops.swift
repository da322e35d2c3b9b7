/// How many drops of one user at one legacy path had one end.
package struct DropCount: Equatable, Sendable {
  package let path: String
  /// nil where nobody knows whose it was.
  package let uid: Int64?
  /// `delivered` or `quarantined`.
  package let outcome: String
  /// Why, for what is in quarantine: one of a few words.
  package let reason: String
  package var count: Int64
  /// Nanoseconds since 1970.
  package var last: Int64

  package init(path: String, uid: Int64?, outcome: String, reason: String, count: Int64, last: Int64) {
    self.path = path
    self.uid = uid
    self.outcome = outcome
    self.reason = reason
    self.count = count
    self.last = last
  }
}

/// A time in which drops may have come and gone without the relay; nanoseconds since 1970.
package struct RelayGap: Equatable, Sendable {
  package let id: String
  package let from: Int64
  package let to: Int64
  package let reason: String

  package init(id: String, from: Int64, to: Int64, reason: String) {
    self.id = id
    self.from = from
    self.to = to
    self.reason = reason
  }
}

extension State {
  static let dropSchema = [
    """
    CREATE TABLE IF NOT EXISTS drops(path TEXT NOT NULL, uid INTEGER NOT NULL, outcome TEXT NOT NULL,
      reason TEXT NOT NULL, count INTEGER NOT NULL, last INTEGER NOT NULL,
      PRIMARY KEY(path, uid, outcome, reason)) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS gaps(id TEXT PRIMARY KEY, began INTEGER NOT NULL, ended INTEGER NOT NULL,
      reason TEXT NOT NULL) WITHOUT ROWID
    """,
  ]
  /// Gaps that are kept; the audit log has them all.
  package static let mostGaps = 1000
  static let nobody: Int64 = -1

  func add(drops: [DropCount]) throws(StoreFailure) {
    guard !drops.isEmpty else { return }
    let statement = try database.statement(
      """
      INSERT INTO drops VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(path, uid, outcome, reason)
      DO UPDATE SET count=count+?5, last=max(last,?6)
      """)
    for row in drops {
      try statement.bind(
        .text(row.path), .integer(row.uid ?? Self.nobody), .text(row.outcome), .text(row.reason), .integer(row.count),
        .integer(row.last)
      ).run()
    }
  }

  func add(gaps: [RelayGap]) throws(StoreFailure) {
    guard !gaps.isEmpty else { return }
    let statement = try database.statement("INSERT OR IGNORE INTO gaps VALUES(?,?,?,?)")
    for gap in gaps {
      try statement.bind(.text(gap.id), .integer(gap.from), .integer(gap.to), .text(gap.reason)).run()
    }
    try database.statement(
      "DELETE FROM gaps WHERE id NOT IN (SELECT id FROM gaps ORDER BY ended DESC, id DESC LIMIT \(Self.mostGaps))"
    ).run()
  }

  /// Every row, by path and user. A state of an earlier version has none.
  package func drops() throws(StoreFailure) -> [DropCount] {
    guard try hasTable("drops") else { return [] }
    return try database.statement(
      "SELECT path, uid, outcome, reason, count, last FROM drops ORDER BY path, uid, outcome, reason"
    ).all { row in
      DropCount(
        path: row.text(0) ?? "", uid: row.integer(1) == Self.nobody ? nil : row.integer(1), outcome: row.text(2) ?? "",
        reason: row.text(3) ?? "", count: row.integer(4), last: row.integer(5))
    }
  }

  /// The latest gaps, latest first.
  package func gaps(limit: Int) throws(StoreFailure) -> [RelayGap] {
    guard try hasTable("gaps") else { return [] }
    return try database.statement("SELECT id, began, ended, reason FROM gaps ORDER BY ended DESC, id DESC LIMIT ?")
      .bind(.integer(Int64(limit))).all { row in
        RelayGap(id: row.text(0) ?? "", from: row.integer(1), to: row.integer(2), reason: row.text(3) ?? "")
      }
  }

  func hasTable(_ name: String) throws(StoreFailure) -> Bool {
    try database.statement("SELECT count(*) FROM sqlite_master WHERE name=?").bind(.text(name)).first {
      $0.integer(0) == 1
    } ?? false
  }
}
