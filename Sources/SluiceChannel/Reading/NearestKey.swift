/// Finds the key that was probably meant.
package enum NearestKey {
  /// The known key nearest to `key`, or nil where none is near enough to be what was meant.
  ///
  /// Near enough is one slip for every three letters, at least one. Upper and lower case count as the same here, since
  /// that is a common slip in itself; of equally near keys the first wins.
  package static func hint(for key: String, among known: [String]) -> String? {
    let letters = Array(key.lowercased().unicodeScalars)
    // No key of ours is that long, and the distance takes quadratic time.
    guard letters.count <= 64 else { return nil }
    var best: (key: String, distance: Int)?
    for candidate in known {
      let distance = distance(letters, Array(candidate.lowercased().unicodeScalars))
      if distance <= max(1, letters.count / 3), distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.key
  }

  /// Damerau-Levenshtein distance in its restricted form (optimal string alignment): insertions, deletions,
  /// replacements and exchanges of neighbours, each counted once.
  package static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for (row, scalar) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var cost = min(
          previous[column + 1] + 1, current[column] + 1, previous[column] + (scalar == other ? 0 : 1))
        if row > 0, column > 0, scalar == right[column - 1], left[row - 1] == other {
          cost = min(cost, beforePrevious[column - 1] + 1)
        }
        current.append(cost)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous.last ?? left.count
  }
}
