import SluiceStore
import SluiceTestSupport
import Testing

/// Who used which route, in `state.db`.
@Suite struct CallersTests {
  private static func count(
    _ uid: Int64?, _ program: String?, _ count: Int64, _ last: Int64, day: String = "2026-11-21",
    route: String = "file-drop"
  ) -> WriterCount {
    WriterCount(day: day, route: route, uid: uid, program: program, count: count, first: last - 5, last: last)
  }

  @Test func usesAddUpByRouteUserAndProgram() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    try state.add(writers: [Self.count(1, "a", 2, 50), Self.count(nil, nil, 1, 10, route: "fifo")])
    try state.add(writers: [Self.count(1, "a", 3, 40), Self.count(1, "b", 1, 45)])
    try state.add(writers: [Self.count(1, "a", 1, 60, day: "2026-11-22")])
    let callers = try state.callers()
    #expect(callers.map(\.route) == ["fifo", "file-drop", "file-drop"].sorted())
    let first = try #require(callers.first { $0.program == "a" })
    #expect(first.uid == 1 && first.count == 6 && first.first == 35 && first.last == 60)
    #expect(first.days.map(\.day) == ["2026-11-22", "2026-11-21"] && first.days.map(\.count) == [1, 5])
    let nobody = try #require(callers.first { $0.route == "fifo" })
    #expect(nobody.uid == nil && nobody.program == nil && nobody.count == 1)
  }

  @Test func programsOfOneUserAreBounded() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    let programs = Int(State.mostPrograms) + 10
    for number in 0..<programs { try state.add(writers: [Self.count(1, "p\(number)", 1, Int64(100 + number))]) }
    try state.add(writers: [Self.count(2, "p", 1, 7), Self.count(1, "p0", 1, 200)])
    let callers = try state.callers()
    #expect(callers.count { $0.uid == 1 } == Int(State.mostPrograms) + 1)
    let others = try #require(callers.first { $0.program == Caller.othersProgram })
    #expect(others.count == 10 && others.last == Int64(100 + programs - 1))
    // Nothing is left out of the sums, and what has its row keeps it.
    #expect(callers.reduce(0) { $0 + $1.count } == Int64(programs) + 2)
    #expect(callers.first { $0.program == "p0" }?.count == 2)
  }

  @Test func usersAreBounded() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    try state.add(writers: (0..<1500).map { Self.count($0, nil, 1, 10) })
    let callers = try state.callers()
    #expect(callers.count <= 1025)
    #expect(callers.reduce(0) { $0 + $1.count } == 1500)
    #expect(callers.first { $0.uid == nil }?.program == Caller.othersProgram)
  }

  @Test func daysAreBoundedAndSumsAreNot() throws {
    let root = try TemporaryDirectory()
    let state = try State(path: "\(root.path)/state.db")
    for month in 1...9 {
      for day in 1...28 {
        try state.add(writers: [
          Self.count(1, nil, 1, Int64(month * 100 + day), day: "2026-0\(month)-\(day < 10 ? "0" : "")\(day)")
        ])
      }
    }
    let caller = try #require(try state.callers().first)
    #expect(caller.count == 9 * 28)
    #expect(caller.days.first?.day == "2026-09-28" && caller.days.count <= 62 && caller.days.count > 50)
  }

  /// What the first version of the state counted goes on being counted.
  @Test func aStateOfTheFirstVersionOpens() throws {
    let root = try TemporaryDirectory()
    let path = "\(root.path)/state.db"
    do {
      let database = try Database(path: path, mode: .readWrite(power: false))
      for sql in [
        "CREATE TABLE facts(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO facts VALUES('schema', 1)",
        """
        CREATE TABLE writers(day TEXT NOT NULL, route TEXT NOT NULL, uid INTEGER NOT NULL,
          count INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY(day, route, uid)) WITHOUT ROWID
        """,
        "INSERT INTO writers VALUES('1970-01-01', 'file-drop', 7, 3, 55), ('1970-01-02', 'file-drop', 7, 4, 86400000000066)",
      ] { try database.execute(sql) }
    }
    func check(_ callers: [Caller]) {
      #expect(callers.count == 1)
      #expect(callers.first?.uid == 7 && callers.first?.count == 7 && callers.first?.program == nil)
      #expect(callers.first?.first == 0 && callers.first?.last == 86_400_000_000_066)
    }
    check(try #require(try State.reading(path: path)).callers())
    let state = try State(path: path)
    check(try state.callers())
    #expect(try state.callers().first?.days.map(\.count) == [4, 3])
    // Opened again, nothing is counted twice.
    check(try State(path: path).callers())
    try state.add(writers: [
      WriterCount(day: "1970-01-02", route: "file-drop", uid: 7, count: 1, last: 86_400_000_000_099)
    ])
    #expect(try state.callers().first?.count == 8)
  }
}
