/// A number of bytes: a plain whole number, or `64K`, `1M`, `1G` in powers of 1024.
package struct ByteCount: ParsedText, Comparable, ExpressibleByIntegerLiteral {
  /// Never negative when it was parsed.
  package let bytes: Int

  package init(bytes: Int) {
    self.bytes = bytes
  }

  package init(integerLiteral bytes: Int) {
    self.init(bytes: bytes)
  }

  package static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }

  // Largest first: the description takes the first that fits.
  private static let units: [(name: String, bytes: Int)] = [("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)]

  package static let expectation = "a number of bytes such as 65536 or '64K'"

  /// Digits, optionally followed by K, M or G.
  package init(parsing text: String) throws(TextProblem) {
    let (digits, suffix) = text.splitAfterDigits
    guard !digits.isEmpty else { throw TextProblem("expected \(Self.expectation), found \(text.quoted)") }
    let factor = suffix.isEmpty ? 1 : Self.units.first { $0.name == suffix }?.bytes
    guard let factor else {
      throw TextProblem(
        "\(String(suffix).quoted) is not a unit of size; units are K, M and G, powers of 1024")
    }
    guard let count = digits.digitsValue, case let (product, false) = Int(count).multipliedReportingOverflow(by: factor)
    else { throw TextProblem("\(text.quoted) is more bytes than 64 bits can count") }
    bytes = product
  }

  /// The count in the largest unit that keeps it whole, without a unit where none does.
  package var description: String {
    guard bytes != 0, let unit = Self.units.first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)" }
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}
