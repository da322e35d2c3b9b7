/// A caller whom an operator takes responsibility for: by name, and with a reason.
package struct Waiver: Equatable, Sendable {
  package let caller: String
  package let reason: String
  package let uid: Int64
  /// Nanoseconds since 1970.
  package let at: Int64

  package init(caller: String, reason: String, uid: Int64, at: Int64) {
    (self.caller, self.reason, self.uid, self.at) = (caller, reason, uid, at)
  }
}

extension State {
  static let waiverSchema = [
    """
    CREATE TABLE IF NOT EXISTS waivers(caller TEXT PRIMARY KEY, reason TEXT NOT NULL, uid INTEGER NOT NULL,
      at INTEGER NOT NULL) WITHOUT ROWID
    """
  ]

  /// The latest reason for a caller replaces an earlier one.
  package func keep(waiver: Waiver) throws(StoreFailure) {
    try database.statement("INSERT OR REPLACE INTO waivers VALUES(?,?,?,?)")
      .bind(.text(waiver.caller), .text(waiver.reason), .integer(waiver.uid), .integer(waiver.at)).run()
  }

  /// Oldest first.
  package func waivers() throws(StoreFailure) -> [Waiver] {
    guard try hasTable("waivers") else { return [] }
    return try database.statement("SELECT caller, reason, uid, at FROM waivers ORDER BY at, caller").all { row in
      Waiver(caller: row.text(0) ?? "", reason: row.text(1) ?? "", uid: row.integer(2), at: row.integer(3))
    }
  }

  package func forgetWaivers() throws(StoreFailure) { try database.execute("DELETE FROM waivers") }
}
