/// Permission bits of a file, written as a string of three or four octal digits: `0750`.
///
/// inode(7) has the meaning of the bits.
package struct FileMode: ParsedText {
  /// At most 07777.
  package let rawValue: UInt32

  /// The mode with these bits, or nil if there are more than the twelve of inode(7).
  package init?(rawValue: UInt32) {
    guard rawValue <= 0o7777 else { return nil }
    self.rawValue = rawValue
  }

  private init(bits: UInt32) {
    rawValue = bits
  }

  /// 0600: the owner alone.
  package static let ownerOnly = FileMode(bits: 0o600)
  /// 0660: the owner and the group.
  package static let ownerAndGroup = FileMode(bits: 0o660)

  /// Grants something to users that are neither owner nor in the group.
  package var grantsOthers: Bool { rawValue & 0o007 != 0 }
  /// Lets users that are neither owner nor in the group write.
  package var letsOthersWrite: Bool { rawValue & 0o002 != 0 }
  /// Has an execute bit.
  package var isExecutable: Bool { rawValue & 0o111 != 0 }
  /// Has the set-user-ID, set-group-ID or sticky bit.
  package var isSpecial: Bool { rawValue & 0o7000 != 0 }

  package static let expectation = "a mode such as '0750'"
  package static let reasonAgainstNumbers: String? =
    "a mode must be a quoted string of octal digits, because as a number 750 would mean 01356"

  /// Three or four octal digits.
  package init(parsing text: String) throws(TextProblem) {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x37).contains($0) }) else {
      throw TextProblem("expected \(Self.expectation), found \(text.quoted), which is not all octal digits")
    }
    guard let bits = UInt32(text, radix: 8), bits <= 0o7777 else {
      throw TextProblem("\(text.quoted) has bits beyond 7777, the last that a mode has")
    }
    guard (3...4).contains(text.utf8.count) else {
      throw TextProblem("\(text.quoted) must have three or four octal digits, such as '0750'")
    }
    rawValue = bits
  }

  /// Four octal digits.
  package var description: String {
    let digits = String(rawValue, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }
}
