/// Divides a line among columns that want more than it holds.
enum ColumnFit {
  /// Lowers the widest columns to one common height until the sum fits; no column falls below one cell.
  static func shrink(_ natural: [Int], canShrink: [Bool], to total: Int) -> [Int] {
    let capped = { (cap: Int) in zip(natural, canShrink).map { $1 ? min($0, cap) : $0 } }
    guard let widest = natural.max(), natural.reduce(0, +) > total else { return natural }
    var (low, high) = (1, max(1, widest))
    while low < high {
      let middle = low + (high - low + 1) / 2
      if capped(middle).reduce(0, +) <= total { low = middle } else { high = middle - 1 }
    }
    var widths = capped(low)
    var spare = total - widths.reduce(0, +)
    for column in widths.indices where spare > 0 && widths[column] < natural[column] {
      widths[column] += 1
      spare -= 1
    }
    return widths
  }
}
