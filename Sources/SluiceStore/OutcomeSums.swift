/// How many outcomes are kept, and which, as sums over their ids that are carried along with every change of the table: a
/// row that somebody else removes or adds is missing from its sum, or too many in it.
///
/// Ids are spread over buckets by their number. The sum of a bucket is the exclusive or of its numbers, so that where one
/// row of a bucket is gone, what is left over is that row's number.
package struct OutcomeSums: Equatable, Sendable {
  package static let buckets = 256

  package struct Sum: Equatable, Sendable {
    package var count: Int64 = 0
    package var numbers: UInt64 = 0

    package init(count: Int64 = 0, numbers: UInt64 = 0) {
      self.count = count
      self.numbers = numbers
    }
  }

  package private(set) var sums: [Int: Sum] = [:]

  package init() {}
  package init(_ sums: [Int: Sum]) { self.sums = sums }
  package init(ids: some Sequence<String>) { for id in ids { add(id) } }

  package mutating func add(_ id: String) { change(id, by: 1) }
  package mutating func remove(_ id: String) { change(id, by: -1) }

  private mutating func change(_ id: String, by count: Int64) {
    let number = Self.number(ArraySlice(id.utf8))
    let bucket = Int(truncatingIfNeeded: number >> 56)
    sums[bucket, default: Sum()].count += count
    sums[bucket, default: Sum()].numbers ^= number
  }

  /// Ids hold random bytes: two of the same number are one id.
  package static func number(_ id: ArraySlice<UInt8>) -> UInt64 {
    // FNV-1a: ids are ours, and whoever can forge one could as well write the same.
    var number: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in id { number = (number ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return number
  }

  /// In what a table differs from what was carried along.
  package struct Difference: Equatable, Sendable {
    /// Rows that are gone, and rows that nobody of ours put there.
    package var missing: Int64 = 0
    package var added: Int64 = 0
    /// Numbers of ids that are gone, as far as they can be told.
    package var numbers: Set<UInt64> = []

    package init() {}
  }

  /// What an actual table lacks of these sums, and has beyond them.
  package func difference(from actual: OutcomeSums) -> Difference {
    var difference = Difference()
    for bucket in Set(sums.keys).union(actual.sums.keys) {
      let (mine, other) = (sums[bucket] ?? Sum(), actual.sums[bucket] ?? Sum())
      let left = mine.numbers ^ other.numbers
      switch mine.count - other.count {
      case 0:
        guard left != 0 else { continue }
        // As many as before, and not the same: at least one of each.
        difference.missing += 1
        difference.added += 1
      case let gone where gone > 0:
        difference.missing += gone
        if gone == 1 { difference.numbers.insert(left) }
      case let more: difference.added -= more
      }
    }
    return difference
  }
}

extension State {
  static let sumSchema = [
    "CREATE TABLE IF NOT EXISTS outcome_sums(bucket INTEGER PRIMARY KEY, count INTEGER NOT NULL, numbers INTEGER NOT NULL)"
  ]
  /// Up to where in the audit log the sums go: where the ledger goes further, a version that knows none of them wrote it.
  private static let summedFact = "outcomes-summed"

  /// From here on this writer carries the sums along; what a version without them left is summed up first.
  package func beginSums() throws(StoreFailure) {
    try database.transaction { () throws(StoreFailure) in
      if try outcomeSums() == nil {
        try database.execute("DELETE FROM outcome_sums")
        try add(sums: OutcomeSums(ids: try database.statement("SELECT id FROM outcomes").all { $0.text(0) ?? "" }))
        try setFact(Self.summedFact, try fact("audit-position") ?? 0)
      }
    }
    isSumming = true
  }

  /// In the transaction that changes the outcomes.
  func carry(_ changes: OutcomeSums, upTo position: Int64?) throws(StoreFailure) {
    guard isSumming else { return }
    try add(sums: changes)
    if let position { try setFact(Self.summedFact, position) }
  }

  /// Adds changes to what is carried along: a row for each bucket that they touch.
  private func add(sums changes: OutcomeSums) throws(StoreFailure) {
    // SQLite has no exclusive or; this is the same.
    let statement = try database.statement(
      """
      INSERT INTO outcome_sums VALUES(?1,?2,?3) ON CONFLICT(bucket) DO UPDATE SET
      count=count+?2, numbers=(numbers|?3)-(numbers&?3)
      """)
    for (bucket, sum) in changes.sums where sum != OutcomeSums.Sum() {
      try statement.bind(
        .integer(Int64(bucket)), .integer(sum.count), .integer(Int64(bitPattern: sum.numbers))
      ).run()
    }
  }

  /// What was carried along; nil where an earlier version wrote the state last.
  package func outcomeSums() throws(StoreFailure) -> OutcomeSums? {
    guard let summed = try fact(Self.summedFact), summed == (try fact("audit-position") ?? 0) else { return nil }
    guard try hasTable("outcome_sums") else { return OutcomeSums() }
    var sums: [Int: OutcomeSums.Sum] = [:]
    for (bucket, sum) in try database.statement("SELECT bucket, count, numbers FROM outcome_sums").all({
      (Int($0.integer(0)), OutcomeSums.Sum(count: $0.integer(1), numbers: UInt64(bitPattern: $0.integer(2))))
    }) { sums[bucket] = sum }
    return OutcomeSums(sums)
  }
}
