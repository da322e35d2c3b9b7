internal import SluiceSystem

/// The channel's durable state, `state.db`: phase, ledger, outcomes, writers, and the migration's runs.
package final class State {
  package let database: Database
  /// Whether this writer carries sums over the outcomes along.
  var isSumming = false

  /// Opens it and brings its tables up to date.
  package init(path: String, power: Bool = false) throws(StoreFailure) {
    database = try Database(path: path, mode: .readWrite(power: power))
    try database.transaction { () throws(StoreFailure) in
      for statement in Self.schema + Self.dropSchema + Self.moveSchema + Self.trialSchema {
        try database.execute(statement)
      }
      for statement in Self.callerSchema + Self.waiverSchema + Self.retirementSchema + Self.sumSchema {
        try database.execute(statement)
      }
      try adoptEarlierWriters()
      try database.statement("INSERT OR IGNORE INTO facts VALUES('schema', ?)").bind(.integer(Self.version)).run()
    }
  }

  private init(reading database: Database) { self.database = database }

  /// Opens it for reading: nil when the channel has no state yet. There is no way to write through it.
  package static func reading(path: String) throws(StoreFailure) -> State? {
    guard try isPresent(path) else { return nil }
    let state: State
    do throws(StoreFailure) { state = State(reading: try Database(path: path, mode: .readOnly)) } catch {
      throw isClosedToUs(path) ? StoreFailure(notPermitted: path) : error
    }
    return try state.hasTables() ? state : nil
  }

  /// Only what is not there is absent: who may not look is told so.
  private static func isPresent(_ path: String) throws(StoreFailure) -> Bool {
    let (parent, name) = split(path)
    do throws(Errno) { return try Directory.open(parent).status(of: name) != nil } catch {
      switch error {
      case .noSuchFile: return false
      case .permissionDenied, .notPermitted: break
      // What else is in the way is left to SQLite, which says why.
      default: return true
      }
    }
    // A directory that may be searched and not listed will do.
    do throws(Errno) { return try Directory.openForLookup(parent).status(of: name) != nil } catch {
      throw StoreFailure(notPermitted: path)
    }
  }

  /// After SQLite could not open it; never while it is open, since closing it would end SQLite's locks.
  private static func isClosedToUs(_ path: String) -> Bool {
    let (parent, name) = split(path)
    do throws(Errno) {
      _ = try Directory.openForLookup(parent).open(name, .readUntrusted)
      return false
    } catch { return error == .permissionDenied }
  }

  private static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  private func hasTables() throws(StoreFailure) -> Bool {
    try database.statement("SELECT count(*) FROM sqlite_master WHERE name='facts'").first { $0.integer(0) == 1 }
      ?? false
  }

  static let version: Int64 = 1
  static let schema = [
    "CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE IF NOT EXISTS ledger(route TEXT NOT NULL, generation INTEGER NOT NULL, accepted INTEGER NOT NULL,
      handled INTEGER NOT NULL, failed INTEGER NOT NULL, rejected INTEGER NOT NULL, quarantined INTEGER NOT NULL,
      canaries INTEGER NOT NULL, PRIMARY KEY(route, generation)) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS outcomes(id TEXT PRIMARY KEY, route TEXT NOT NULL, outcome TEXT NOT NULL,
      at INTEGER NOT NULL) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS runs(id INTEGER PRIMARY KEY, verb TEXT NOT NULL, source INTEGER NOT NULL,
      target INTEGER NOT NULL, uid INTEGER NOT NULL, started INTEGER NOT NULL, finished INTEGER, result TEXT, detail TEXT)
    """,
    """
    CREATE TABLE IF NOT EXISTS steps(run INTEGER NOT NULL, position INTEGER NOT NULL, verb TEXT NOT NULL,
      description TEXT NOT NULL, intended INTEGER NOT NULL, ended INTEGER, result TEXT,
      PRIMARY KEY(run, position)) WITHOUT ROWID
    """,
    "CREATE TABLE IF NOT EXISTS applied(id TEXT PRIMARY KEY, meaning TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS objects(path TEXT PRIMARY KEY, kind TEXT NOT NULL, run INTEGER NOT NULL) WITHOUT ROWID",
  ]

  /// A named whole number, such as the phase; nil when it was never set.
  package func fact(_ name: String) throws(StoreFailure) -> Int64? {
    try database.statement("SELECT value FROM facts WHERE name=?").bind(.text(name)).first { $0.integer(0) }
  }

  package func setFact(_ name: String, _ value: Int64) throws(StoreFailure) {
    try database.statement("INSERT INTO facts VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value")
      .bind(.text(name), .integer(value)).run()
  }

  /// The current phase's number; 0 before any migration.
  package func phase() throws(StoreFailure) -> Int { Int(try fact("phase") ?? 0) }
  /// Counts the changes of phase: ledger rows are kept apart by it.
  package func generation() throws(StoreFailure) -> Int64 { try fact("generation") ?? 0 }

  /// Moves to a phase and begins a new generation of the ledger, in one step.
  package func move(toPhase phase: Int) throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      try setFact("phase", Int64(phase))
      try setFact("generation", try generation() + 1)
    }
  }
}

extension Statement {
  /// The first row as a value, nil when there is none.
  package func first<Value>(_ read: (Statement) -> Value) throws(StoreFailure) -> Value? {
    guard try step() else { return nil }
    let value = read(self)
    reset()
    return value
  }

  /// Every row as a value.
  package func all<Value>(_ read: (Statement) -> Value) throws(StoreFailure) -> [Value] {
    var values: [Value] = []
    while try step() { values.append(read(self)) }
    return values
  }
}
