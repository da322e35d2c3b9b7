/// Who used a route on a day, as far as the route knows.
package struct WriterCount: Equatable, Sendable {
  package let day: String
  package let route: String
  package let uid: Int64
  package var count: Int64
  /// Nanoseconds since 1970.
  package var last: Int64

  package init(day: String, route: String, uid: Int64, count: Int64, last: Int64) {
    self.day = day
    self.route = route
    self.uid = uid
    self.count = count
    self.last = last
  }
}

extension State {
  package func add(writers: [WriterCount]) throws(StoreFailure) {
    let statement = try database.statement(
      """
      INSERT INTO writers VALUES(?1,?2,?3,?4,?5) ON CONFLICT(day, route, uid) DO UPDATE SET count=count+?4, last=max(last,?5)
      """)
    for writer in writers {
      try statement.bind(
        .text(writer.day), .text(writer.route), .integer(writer.uid), .integer(writer.count), .integer(writer.last)
      ).run()
    }
  }

  package func writers() throws(StoreFailure) -> [WriterCount] {
    try database.statement("SELECT day, route, uid, count, last FROM writers ORDER BY day, route, uid").all { row in
      WriterCount(
        day: row.text(0) ?? "", route: row.text(1) ?? "", uid: row.integer(2), count: row.integer(3),
        last: row.integer(4))
    }
  }
}
