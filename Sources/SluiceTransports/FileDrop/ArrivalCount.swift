/// How many files came to a slot and were gone before they could be claimed, as far as the watch shows it.
///
/// Each file that is made at or moved to the name is an arrival, each claim takes one away. What is left over when the
/// slot is found empty was moved over by another writer, or removed by somebody. An event may come after the claim of
/// its file: then a claim is ahead of its arrival for a moment, which the sum evens out. What is written into a file
/// that stands there already arrives unseen.
struct ArrivalCount {
  private var balance = 0

  mutating func arrived() { balance += 1 }
  mutating func claimed() { balance -= 1 }

  /// The slot is empty, and all events that had come before it was looked at are counted.
  /// - Returns: files that were gone before.
  mutating func foundEmpty() -> Int {
    guard balance > 0 else { return 0 }
    defer { balance = 0 }
    return balance
  }

  /// Nothing has come for long: a claim whose arrival nobody saw (a file that was there before the watch) is no credit.
  mutating func rested() { balance = max(balance, 0) }
  /// Whatever came while drops were left alone was somebody else's to take.
  mutating func forget() { balance = 0 }
}
