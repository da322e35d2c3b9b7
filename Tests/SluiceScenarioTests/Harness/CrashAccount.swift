import SluiceSystem

/// What became of the messages of `FourKinds`, by the handler's own record and by what is in quarantine.
struct CrashAccount: CustomStringConvertible {
  private(set) var lost: [Int] = []
  private(set) var twice: [Int] = []
  /// Lines that nobody wrote.
  private(set) var torn: [String] = []
  /// Messages that were handled after a later one.
  private(set) var outOfOrder: [Int] = []
  /// Messages whose handler was interrupted, so that nobody can say whether it acted: kept aside, once each.
  private(set) var interrupted = 0
  private(set) var junk = 0
  let handled: Int

  init(_ channel: Rehearsal, written: Int, label: String = FourKinds.label) throws {
    var numbers: [String: Int] = [:]
    if written > 0 { for number in 1...written { numbers[LegacyWriter.message(label, number)] = number } }
    var times = [Int](repeating: 0, count: written + 1)
    let lines = try Files.lines(channel.record)
    handled = lines.count
    var last = 0
    for line in lines {
      guard let number = numbers[line] else {
        torn.append(line)
        continue
      }
      times[number] += 1
      if number < last, times[number] == 1 { outOfOrder.append(number) }
      last = max(last, number)
    }
    var kept = Set<Int>()
    for name in try channel.keptNames() {
      let text = try Files.text("\(channel.quarantine)/\(name)")
      let line = String(text.prefix { $0 != "\n" })
      if let number = numbers[line] {
        interrupted += 1
        if !kept.insert(number).inserted { twice.append(number) }
      } else if line.hasPrefix("junk-") {
        junk += 1
      } else {
        torn.append(line)
      }
    }
    guard written > 0 else { return }
    for number in 1...written {
      // An interrupted handler may have acted: its record and the copy in quarantine are one end.
      if times[number] == 0, !kept.contains(number) { lost.append(number) }
      if times[number] > 1 { twice.append(number) }
    }
  }

  var isClean: Bool { lost.isEmpty && twice.isEmpty && torn.isEmpty && outOfOrder.isEmpty }

  var description: String {
    "handled \(handled), interrupted \(interrupted), junk \(junk); lost \(lost.count) \(lost.prefix(5)),"
      + " twice \(twice.count) \(twice.prefix(5)), torn \(torn.count) \(torn.prefix(3)),"
      + " out of order \(outOfOrder.count) \(outOfOrder.prefix(5))"
  }
}
