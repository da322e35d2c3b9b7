/// A JSON5 number: always a `Double`, and the exact integer where its literal is a whole number that fits 64 bits.
///
/// `1e3`, `1000.0` and `0x3e8` are whole numbers too. The integer comes from the digits and never from the `Double`, so
/// that 9007199254740993 stays what was written.
package struct JSON5Number: Hashable, Sendable {
  /// The nearest double; infinite or not a number only where the text says `Infinity` or `NaN`.
  package let double: Double
  /// The exact value, if it is whole and fits.
  package let integer: Int64?

  package init(double: Double, integer: Int64?) {
    self.double = double
    self.integer = integer
  }

  /// The number for a message.
  package var text: String { integer.map { "\($0)" } ?? "\(double)" }

  /// The whole number `digits` × 10^`scale`, or nil if it is none or does not fit.
  static func wholeNumber(negative: Bool, digits: [UInt8], scale: Int) -> Int64? {
    var digits = digits.drop { $0 == 0 }
    guard !digits.isEmpty else { return 0 }
    var scale = scale
    while digits.last == 0 {
      digits.removeLast()
      scale += 1
    }
    // Int64.max has 19 digits.
    guard scale >= 0, digits.count + scale <= 19 else { return nil }
    // Built downwards, because Int64.min has no positive counterpart.
    var value: Int64 = 0
    for digit in digits + Array(repeating: 0, count: scale) {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (difference, tooSmall) = product.subtractingReportingOverflow(Int64(digit))
      guard !tooLarge, !tooSmall else { return nil }
      value = difference
    }
    if negative { return value }
    return value == .min ? nil : -value
  }
}
