internal import SluiceSystem

/// Names of claimed files: they sort by time, are never given twice, and are the ids of what they hold.
package enum ClaimName {
  /// `PREFIX` + 16 hexadecimal digits of nanoseconds since 1970 + `-` + 16 random ones.
  package static func next(prefix: Character, after last: inout UInt64) -> String {
    // Never behind an earlier name, whatever the clock does: order is kept by the name.
    let now = UInt64(max(0, Clock.realtime))
    last = max(now, last + 1)
    return "\(prefix)\(hexadecimal(last))-\(Random.token(bytes: 8))"
  }

  /// The time part, nil for a name that is none of ours.
  package static func time(of name: String, prefix: Character) -> UInt64? {
    let parts = name.dropFirst().split(separator: "-")
    guard name.first == prefix, parts.count == 2, parts[0].utf8.count == 16, parts[1].utf8.count == 16,
      parts[1].allSatisfy(\.isHexDigit)
    else { return nil }
    return UInt64(parts[0], radix: 16)
  }

  /// Whether bytes have the shape of a drop's claim.
  static func isClaim(_ name: [UInt8]) -> Bool {
    name.count == 34 && (name[0] == UInt8(ascii: "c") || name[0] == UInt8(ascii: "b")) && name[17] == UInt8(ascii: "-")
  }

  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
