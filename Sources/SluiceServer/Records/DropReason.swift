/// Why a drop is in quarantine, as one of a few words that can be counted.
enum DropReason: String, CaseIterable {
  case malformed
  case unfinished
  case contended
  case tooLarge = "too-large"
  case notAFile = "not-a-file"
  case secondName = "second-name"
  case unreadable
  case crowded
  case forged
  case notPermitted = "not-permitted"
  case interrupted

  /// Sentences of the relay and of the pipeline, by what only one of them says.
  private static let words: [(String, DropReason)] = [
    ("contended: processes ", .contended), ("other writers' bytes may be in it", .contended),
    ("whose rest never came", .unfinished),
    ("message is larger than ", .tooLarge),
    (" stood at the path", .notAFile), ("it has a second name", .secondName), ("not readable: ", .unreadable),
    ("too many unfinished drops of ", .crowded), (#"the key "sluice" is reserved"#, .forged),
    ("the handler was interrupted and may have acted", .interrupted),
  ]

  /// - Parameters:
  ///   - code: of the refusal, where there was one here.
  ///   - reason: the sentence of the record.
  init(code: Int?, reason: String) {
    // First: a rule's name stands in the sentence.
    if code == 403 {
      self = .notPermitted
    } else {
      self = Self.words.first { reason.contains($0.0) }?.1 ?? .malformed
    }
  }
}
