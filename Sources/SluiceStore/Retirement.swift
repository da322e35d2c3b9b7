/// What a retirement has found so far, by part, as JSON: a run that is finished by a later process needs it.
extension State {
  static let retirementSchema = [
    "CREATE TABLE IF NOT EXISTS retirement(part TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID"
  ]

  package func keep(retirement part: String, json: [UInt8]) throws(StoreFailure) {
    try database.statement("INSERT OR REPLACE INTO retirement VALUES(?,?)")
      .bind(.text(part), .text(String(decoding: json, as: UTF8.self))).run()
  }

  package func retirement(_ part: String) throws(StoreFailure) -> [UInt8]? {
    guard try hasTable("retirement") else { return nil }
    return try database.statement("SELECT json FROM retirement WHERE part=?").bind(.text(part)).first {
      Array(($0.text(0) ?? "null").utf8)
    }
  }

  package func forgetRetirement() throws(StoreFailure) { try database.execute("DELETE FROM retirement") }

  /// Routes that were retired with the legacy path, because nobody used them.
  package func givenUp() throws(StoreFailure) -> [String] {
    try database.statement("SELECT name FROM facts WHERE name LIKE 'given-up %' AND value=1").all {
      String(($0.text(0) ?? "").dropFirst("given-up ".count))
    }
  }
  package func giveUp(_ route: String) throws(StoreFailure) { try setFact("given-up \(route)", 1) }
}
