internal import CSQLite
internal import SluiceSystem

/// An SQLite database and its prepared statements; one owner, one thread at a time.
@safe package final class Database {
  private let handle: OpaquePointer
  package let path: String
  private var statements: [String: Statement] = [:]

  /// How it is opened.
  package enum Mode: Sendable {
    /// Creates it where it is absent. Commits survive the death of the process; `power` makes them survive a power cut.
    case readWrite(power: Bool)
    /// Reads only; never creates or changes anything.
    case readOnly
  }

  package init(path: String, mode: Mode) throws(StoreFailure) {
    try Self.requireFiles(path)
    var opened: OpaquePointer?
    // NOFOLLOW refuses a symbolic link in the place of the file; NOMUTEX because one thread at a time uses it.
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW
    switch mode {
    case .readWrite: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    case .readOnly: flags |= SQLITE_OPEN_READONLY
    }
    let result = unsafe sqlite3_open_v2(path, &opened, flags, nil)
    guard result == SQLITE_OK, let handle = unsafe opened else {
      let text = unsafe String(cString: sqlite3_errstr(result))
      unsafe sqlite3_close_v2(opened)
      throw StoreFailure(path: path, doing: "open", text: text, code: result)
    }
    unsafe self.handle = unsafe handle
    self.path = path
    unsafe sqlite3_busy_timeout(handle, 10_000)
    // Sorting and the like must not want a file in /tmp: the services may write to the channel's directories only.
    try execute("PRAGMA temp_store=MEMORY")
    switch mode {
    case .readWrite(let power):
      try execute("PRAGMA journal_mode=WAL")
      try execute("PRAGMA synchronous=\(power ? "FULL" : "NORMAL")")
    case .readOnly: try execute("PRAGMA query_only=1")
    }
  }

  /// What stands at a database's names is a file, or nothing: SQLite would wait for a FIFO's other end for ever.
  private static func requireFiles(_ path: String) throws(StoreFailure) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let name = String(path[path.index(after: slash)...])
    // Where nobody may look, SQLite says so.
    guard let directory = try? Directory.openForLookup(slash == path.startIndex ? "/" : String(path[..<slash])) else {
      return
    }
    for suffix in ["", "-journal", "-wal", "-shm"] {
      guard let found = (try? directory.status(of: name + suffix)) ?? nil, found.kind != .regular else { continue }
      throw StoreFailure(
        path: path + suffix, doing: "open it",
        text:
          "it is a \(found.kind.rawValue), not a file; no command of sluice's makes that: see who did, and move it away",
        code: SQLITE_CANTOPEN)
    }
  }

  deinit {
    statements.removeAll()
    unsafe sqlite3_close_v2(handle)
  }

  /// Runs SQL that gives no rows we want.
  package func execute(_ sql: String) throws(StoreFailure) {
    let result = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
    guard result == SQLITE_OK else { throw failure("run \(sql.prefix(60))", result) }
  }

  /// A prepared statement, made once for each text.
  package func statement(_ sql: String) throws(StoreFailure) -> Statement {
    if let known = statements[sql] {
      known.reset()
      return known
    }
    var prepared: OpaquePointer?
    let result = unsafe sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard result == SQLITE_OK, let raw = unsafe prepared else { throw failure("prepare \(sql.prefix(60))", result) }
    let statement = unsafe Statement(raw, sql: sql, path: path)
    statements[sql] = statement
    return statement
  }

  /// Runs `body` in one transaction, which a throw takes back.
  package func transaction<Result>(_ body: () throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try execute("BEGIN IMMEDIATE")
    do throws(StoreFailure) {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      try? execute("ROLLBACK")
      throw error
    }
  }

  /// Rows that the last statement changed.
  package var changes: Int { Int(unsafe sqlite3_changes(handle)) }
  package var lastInsertedRow: Int64 { unsafe sqlite3_last_insert_rowid(handle) }

  private func failure(_ doing: String, _ code: Int32) -> StoreFailure {
    StoreFailure(path: path, doing: doing, text: unsafe String(cString: sqlite3_errmsg(handle)), code: code)
  }
}
