internal import CSQLite

/// One prepared statement: bind, step, read columns.
@safe package final class Statement {
  private let raw: OpaquePointer
  private let sql: String
  private let path: String

  init(_ raw: OpaquePointer, sql: String, path: String) {
    unsafe self.raw = unsafe raw
    self.sql = sql
    self.path = path
  }

  deinit { unsafe sqlite3_finalize(raw) }

  func reset() {
    unsafe sqlite3_reset(raw)
    unsafe sqlite3_clear_bindings(raw)
  }

  /// Values for the question marks, in order.
  package enum Value: Sendable {
    case integer(Int64)
    case text(String)
    case null

    package static func optional(_ text: String?) -> Value { text.map { .text($0) } ?? .null }
    package static func optional(_ number: Int64?) -> Value { number.map { .integer($0) } ?? .null }
  }

  @discardableResult
  package func bind(_ values: Value...) throws(StoreFailure) -> Statement {
    // SQLite copies the text at once: its SQLITE_TRANSIENT is a cast that Swift cannot import.
    let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    for (index, value) in values.enumerated() {
      let position = Int32(index + 1)
      let result =
        switch value {
        case .integer(let number): unsafe sqlite3_bind_int64(raw, position, number)
        case .text(let text): unsafe sqlite3_bind_text(raw, position, text, Int32(text.utf8.count), transient)
        case .null: unsafe sqlite3_bind_null(raw, position)
        }
      guard result == SQLITE_OK else { throw failure("bind a value of", result) }
    }
    return self
  }

  /// Goes to the next row: false at the end.
  package func step() throws(StoreFailure) -> Bool {
    let result = unsafe sqlite3_step(raw)
    switch result {
    case SQLITE_ROW: return true
    case SQLITE_DONE:
      reset()
      return false
    default: throw failure("run", result)
    }
  }

  /// Runs it to its end.
  package func run() throws(StoreFailure) { while try step() {} }

  package func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(raw, column) }
  package func text(_ column: Int32) -> String? {
    guard let bytes = unsafe sqlite3_column_text(raw, column) else { return nil }
    let count = Int(unsafe sqlite3_column_bytes(raw, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }
  package func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(raw, column) == SQLITE_NULL }

  private func failure(_ doing: String, _ code: Int32) -> StoreFailure {
    let text = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(raw)))
    reset()
    return StoreFailure(path: path, doing: "\(doing) \(sql.prefix(60))", text: text, code: code)
  }
}
