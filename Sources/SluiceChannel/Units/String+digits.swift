extension StringProtocol {
  /// The value of a text of ASCII digits only; nil for anything else and for what does not fit.
  ///
  /// `Int64.init(_:)` would take a sign, which no value of ours has.
  var digitsValue: Int64? {
    guard !isEmpty, utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(self)
  }

  /// The leading ASCII digits, and what follows them.
  var splitAfterDigits: (digits: SubSequence, rest: SubSequence) {
    let end = utf8.firstIndex { !(0x30...0x39).contains($0) } ?? endIndex
    return (self[..<end], self[end...])
  }
}
