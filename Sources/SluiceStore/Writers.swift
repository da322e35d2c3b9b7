/// Who used a route on a day since the last commit, as far as the route knows.
package struct WriterCount: Equatable, Sendable {
  /// `2026-11-21`, in UTC.
  package let day: String
  package let route: String
  /// nil where nobody knows.
  package let uid: Int64?
  /// nil where nobody knows.
  package let program: String?
  package var count: Int64
  /// Nanoseconds since 1970.
  package var first: Int64
  package var last: Int64

  package init(
    day: String, route: String, uid: Int64?, program: String? = nil, count: Int64, first: Int64? = nil, last: Int64
  ) {
    self.day = day
    self.route = route
    self.uid = uid
    self.program = program
    self.count = count
    self.first = first ?? last
    self.last = last
  }
}

/// One user's program on one route, since the channel's state began.
package struct Caller: Equatable, Sendable {
  package let route: String
  /// nil where nobody knows.
  package let uid: Int64?
  /// nil where nobody knows; `othersProgram` for all beyond the limit.
  package let program: String?
  /// Nanoseconds since 1970.
  package let first: Int64
  package let last: Int64
  package let count: Int64
  /// Messages by day, latest first, for as many days as are kept.
  package var days: [(day: String, count: Int64)] = []

  package init(route: String, uid: Int64?, program: String?, first: Int64, last: Int64, count: Int64) {
    self.route = route
    self.uid = uid
    self.program = program
    self.first = first
    self.last = last
    self.count = count
  }

  /// Programs beyond `State.mostPrograms` of one user.
  package static let othersProgram = "(others)"

  package static func == (left: Caller, right: Caller) -> Bool {
    left.route == right.route && left.uid == right.uid && left.program == right.program && left.first == right.first
      && left.last == right.last && left.count == right.count && left.days.elementsEqual(right.days, by: ==)
  }
}

extension State {
  /// Programs of one user on one route that are told apart: their names are the callers' choice.
  package static let mostPrograms: Int64 = 32
  /// Rows of one route; users beyond them are counted as nobody's.
  static let mostCallers: Int64 = 1024
  /// Days of which counts are kept.
  static let mostDays: Int64 = 62

  static let callerSchema = [
    """
    CREATE TABLE IF NOT EXISTS callers(route TEXT NOT NULL, uid INTEGER NOT NULL, program TEXT NOT NULL,
      first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY(route, uid, program)) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS callerdays(day TEXT NOT NULL, route TEXT NOT NULL, uid INTEGER NOT NULL,
      program TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY(day, route, uid, program)) WITHOUT ROWID
    """,
  ]

  /// Takes over what a state of the first version counted: users by day, without programs.
  func adoptEarlierWriters() throws(StoreFailure) {
    guard try hasTable("writers") else { return }
    // The day's first moment is the earliest that it can have been.
    try database.execute(
      """
      INSERT INTO callers SELECT route, uid, '', min(unixepoch(day) * 1000000000), max(last), sum(count)
        FROM writers WHERE true GROUP BY route, uid
        ON CONFLICT(route, uid, program) DO UPDATE SET first=min(first, excluded.first), last=max(last, excluded.last),
        count=count + excluded.count
      """)
    try database.execute(
      """
      INSERT INTO callerdays SELECT day, route, uid, '', count FROM writers WHERE true
        ON CONFLICT(day, route, uid, program) DO UPDATE SET count=count + excluded.count
      """)
    try database.execute("DROP TABLE writers")
  }

  package func add(writers: [WriterCount]) throws(StoreFailure) {
    for writer in writers {
      var uid = writer.uid ?? Self.nobody
      var program = writer.program ?? ""
      if try !count(writer, uid, program) {
        try makeRoom(writer.route, &uid, &program)
        try database.statement(
          """
          INSERT INTO callers VALUES(?1,?2,?3,?4,?5,?6) ON CONFLICT(route, uid, program)
          DO UPDATE SET first=min(first, ?4), last=max(last, ?5), count=count+?6
          """
        ).bind(
          .text(writer.route), .integer(uid), .text(program), .integer(writer.first), .integer(writer.last),
          .integer(writer.count)
        ).run()
      }
      try addDay(writer, uid, program)
    }
  }

  /// Counts for a row that is there: false where there is none.
  private func count(_ writer: WriterCount, _ uid: Int64, _ program: String) throws(StoreFailure) -> Bool {
    try database.statement(
      """
      UPDATE callers SET first=min(first, ?4), last=max(last, ?5), count=count+?6
      WHERE route=?1 AND uid=?2 AND program=?3
      """
    ).bind(
      .text(writer.route), .integer(uid), .text(program), .integer(writer.first), .integer(writer.last),
      .integer(writer.count)
    ).run()
    return database.changes > 0
  }

  /// Gives a new row the place of all others where the route has no room for one more.
  private func makeRoom(_ route: String, _ uid: inout Int64, _ program: inout String) throws(StoreFailure) {
    let programs = try database.statement("SELECT count(*) FROM callers WHERE route=? AND uid=?").bind(
      .text(route), .integer(uid)
    ).first { $0.integer(0) }
    if programs ?? 0 >= Self.mostPrograms { program = Caller.othersProgram }
    let rows = try database.statement("SELECT count(*) FROM callers WHERE route=?").bind(.text(route)).first {
      $0.integer(0)
    }
    if rows ?? 0 >= Self.mostCallers {
      uid = Self.nobody
      program = Caller.othersProgram
    }
  }

  private func addDay(_ writer: WriterCount, _ uid: Int64, _ program: String) throws(StoreFailure) {
    let key: [Statement.Value] = [.text(writer.day), .text(writer.route), .integer(uid), .text(program)]
    try database.statement("UPDATE callerdays SET count=count+?5 WHERE day=?1 AND route=?2 AND uid=?3 AND program=?4")
      .bind(key[0], key[1], key[2], key[3], .integer(writer.count)).run()
    guard database.changes == 0 else { return }
    try database.statement("INSERT INTO callerdays VALUES(?1,?2,?3,?4,?5)")
      .bind(key[0], key[1], key[2], key[3], .integer(writer.count)).run()
    try database.statement("DELETE FROM callerdays WHERE day <= date(?, '-\(Self.mostDays) days')")
      .bind(.text(writer.day)).run()
  }

  /// Everybody who ever used a route, by route, user and program.
  package func callers() throws(StoreFailure) -> [Caller] {
    guard try hasTable("callers") else { return try earlierCallers() }
    var callers = try database.statement(
      "SELECT route, uid, program, first, last, count FROM callers ORDER BY route, uid, program"
    ).all(Self.caller)
    var places: [Key: Int] = [:]
    for (index, caller) in callers.enumerated() { places[Key(caller)] = index }
    let days = try database.statement(
      "SELECT route, uid, program, day, count FROM callerdays ORDER BY day DESC, route, uid, program"
    ).all { row in
      (Key(row.text(0) ?? "", row.integer(1), row.text(2) ?? ""), row.text(3) ?? "", row.integer(4))
    }
    for (key, day, count) in days { if let place = places[key] { callers[place].days.append((day, count)) } }
    return callers
  }

  private struct Key: Hashable {
    let route: String
    let uid: Int64
    let program: String
    init(_ route: String, _ uid: Int64, _ program: String) {
      (self.route, self.uid, self.program) = (route, uid, program)
    }
    init(_ caller: Caller) { self.init(caller.route, caller.uid ?? State.nobody, caller.program ?? "") }
  }

  private static func caller(_ row: Statement) -> Caller {
    let program = row.text(2) ?? ""
    return Caller(
      route: row.text(0) ?? "", uid: row.integer(1) == nobody ? nil : row.integer(1),
      program: program.isEmpty ? nil : program, first: row.integer(3), last: row.integer(4), count: row.integer(5))
  }

  /// Of a state that is read as the first version left it.
  private func earlierCallers() throws(StoreFailure) -> [Caller] {
    guard try hasTable("writers") else { return [] }
    return try database.statement(
      """
      SELECT route, uid, '', min(unixepoch(day) * 1000000000), max(last), sum(count) FROM writers GROUP BY route, uid
      ORDER BY route, uid
      """
    ).all(Self.caller)
  }
}
