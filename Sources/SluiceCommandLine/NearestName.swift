/// Finds the name that a misspelt word was probably meant to be.
enum NearestName {
  /// The only name that starts with `word`, or else the nearest by edit distance, where near means within a third of
  /// the word's length; nil where nothing is near.
  static func find(_ word: String, among names: [String]) -> String? {
    let typed = Array(word.unicodeScalars)
    guard typed.count >= 2 else { return nil }
    let extended = names.filter { $0.unicodeScalars.starts(with: typed) }
    if let only = extended.first, extended.count == 1 { return only }
    var best: (name: String, distance: Int)?
    for name in names {
      let scalars = Array(name.unicodeScalars)
      let limit = max(1, min(3, max(typed.count, scalars.count) / 3))
      // Also keeps a word of any length from costing more than a glance.
      guard abs(scalars.count - typed.count) <= limit else { continue }
      let distance = distance(typed, scalars)
      if distance <= limit, best.map({ distance < $0.distance }) ?? true { best = (name, distance) }
    }
    return best?.name
  }

  /// Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment) from one to the other.
  static func distance(_ from: [Unicode.Scalar], _ to: [Unicode.Scalar]) -> Int {
    guard !from.isEmpty, !to.isEmpty else { return max(from.count, to.count) }
    var beforeLast: [Int] = []
    var last = Array(0...to.count)
    for row in 1...from.count {
      var current = [row]
      for column in 1...to.count {
        let same = from[row - 1] == to[column - 1]
        var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (same ? 0 : 1))
        let swapped = row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1]
        if swapped { cost = min(cost, beforeLast[column - 2] + 1) }
        current.append(cost)
      }
      beforeLast = last
      last = current
    }
    return last[to.count]
  }
}
