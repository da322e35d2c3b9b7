internal import SluiceSystem

/// Names of claimed files: they sort by time, are never given twice, and are the ids of what they hold.
package enum ClaimName {
  /// `PREFIX` + 16 hexadecimal digits of nanoseconds since 1970 + `-` + 16 random ones.
  package static func next(prefix: Character, after last: inout UInt64) -> String {
    next(prefix: prefix, after: &last, token: Random.token(bytes: 8))
  }

  /// - Parameter token: the random part, of which no name was made yet.
  static func next(prefix: Character, after last: inout UInt64, token: String) -> String {
    // Never behind an earlier name, whatever the clock does: order is kept by the name.
    let now = UInt64(max(0, Clock.realtime))
    last = max(now, last + 1)
    return text(prefix, last, token)
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

  /// By bytes: names are made at every look at a slot, and most looks find nothing.
  private static func text(_ prefix: Character, _ time: UInt64, _ token: String) -> String {
    var token = token
    return token.withUTF8 { random in
      unsafe String(unsafeUninitializedCapacity: 18 + random.count) { bytes in
        unsafe bytes[0] = prefix.utf8.first ?? UInt8(ascii: "c")
        for place in 0..<16 {
          let digit = UInt8(truncatingIfNeeded: time >> (60 - 4 * UInt64(place)) & 15)
          unsafe bytes[1 + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
        }
        unsafe bytes[17] = UInt8(ascii: "-")
        for index in random.indices { unsafe bytes[18 + index] = random[index] }
        return 18 + random.count
      }
    }
  }
}
