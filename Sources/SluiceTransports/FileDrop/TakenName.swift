internal import SluiceSystem

/// What was taken of a file that stays at its path: which bytes, for which claim, and what the file looked like then.
///
/// It is a file's name (`CLAIM.FROM.SIZE.MODIFIED.DIGEST`), so that one rename records it: a restart knows by it what
/// has a message already, also where somebody has written to the file meanwhile.
struct TakenName: Equatable, Sendable {
  /// Name of the claim, which is the message's id.
  let claim: String
  /// The message begins here: what lies before was an earlier claim's.
  let from: Int
  /// Bytes of the file.
  let size: Int
  /// Nanoseconds since 1970.
  let modified: Int64
  /// SHA-256 of the whole file, in hexadecimal digits.
  let digest: String

  /// What a claim of the same file holds that an earlier one did not.
  enum Novelty: Equatable {
    case nothing
    case from(Int)
  }

  var name: String { "\(claim).\(from).\(size).\(modified).\(digest)" }

  init(claim: String, from: Int, bytes: [UInt8], modified: Int64) {
    self.claim = claim
    self.from = from
    self.modified = modified
    size = bytes.count
    digest = Digest.sha256(bytes)
  }

  init?(_ name: String) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 5, let from = Int(parts[1]), let size = Int(parts[2]), let modified = Int64(parts[3]),
      from >= 0, size >= from, parts[4].utf8.count == 64
    else { return nil }
    claim = String(parts[0])
    self.from = from
    self.size = size
    self.modified = modified
    digest = String(parts[4])
  }

  /// Whether the file still begins with all that was taken.
  func isBeginning(of bytes: [UInt8]) -> Bool {
    bytes.count >= size && Digest.sha256(Array(bytes[..<size])) == digest
  }

  /// Appended: only what was added. Rewritten: all of it, also where it is the same text again, which the time of the
  /// last write tells.
  func novelty(of bytes: [UInt8], modified time: Int64) -> Novelty {
    guard isBeginning(of: bytes) else { return .from(0) }
    if bytes.count > size { return .from(size) }
    return time == modified ? .nothing : .from(0)
  }
}
