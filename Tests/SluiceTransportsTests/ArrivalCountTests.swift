import Testing

@testable import SluiceTransports

/// Files that were gone before a claim, from what the watch and the claims say.
@Suite struct ArrivalCountTests {
  /// `a` an arrival, `c` a claim, `e` the slot is found empty, `r` a time of rest, `f` drops were left alone.
  @Test(arguments: [
    ("ace", 0), ("aace", 1), ("aaacae", 3), ("ae", 1), ("aceace", 0), ("aceaace", 1),
    // Its event came after its claim.
    ("accea", 0), ("acceaace", 0), ("cea", 0), ("ceaace", 0), ("aaccaaece", 2),
    // Nobody saw it come: it was there before the watch.
    ("cer", 0), ("ceraace", 1), ("aafce", 0),
  ])
  func table(_ story: String, _ expected: Int) {
    var count = ArrivalCount()
    var lost = 0
    for letter in story {
      switch letter {
      case "a": count.arrived()
      case "c": count.claimed()
      case "e": lost += count.foundEmpty()
      case "r": count.rested()
      default: count.forget()
      }
    }
    #expect(lost == expected)
  }
}
