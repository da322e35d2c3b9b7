internal import SluiceSystem

/// Who holds a lock of flock(2).
///
/// The lock belongs to an open file, which children inherit, and /proc/locks names only the process that took it: with
/// flock(1) one that ended at once. /proc/PID/fdinfo (proc(5)) says of each descriptor which locks its open file holds.
enum LockHolders {
  /// Pids, for a message; those of other users' processes only where we may look into them.
  static func pids(of identity: FileStatus.Identity) -> [Int32] {
    guard let proc = try? Directory.open("/proc"), let names = try? proc.names() else { return [] }
    let holders = names.compactMap { Int32($0) }.filter { holds(identity, $0) }.sorted()
    return holders.isEmpty ? takers(of: identity, proc, living: Set(names)) : holders
  }

  private static func holds(_ identity: FileStatus.Identity, _ pid: Int32) -> Bool {
    guard let directory = try? Directory.open("/proc/\(pid)/fdinfo"), let names = try? directory.names() else {
      return false
    }
    return names.contains { name in
      // Only what watches much has more to say, and that holds no lock.
      guard let bytes = try? directory.contents(of: name, limit: 4096) else { return false }
      return lines(of: bytes).contains { $0.first == "lock:" && isLock($0.dropFirst(), of: identity) }
    }
  }

  private static func takers(of identity: FileStatus.Identity, _ proc: borrowing Directory, living: Set<String>)
    -> [Int32]
  {
    guard let bytes = try? proc.contents(of: "locks", limit: 1 << 20) else { return [] }
    return lines(of: bytes).compactMap { fields in
      guard isLock(fields[...], of: identity), living.contains(String(fields[4])) else { return nil }
      return Int32(fields[4])
    }
  }

  private static func lines(of bytes: [UInt8]) -> [[Substring]] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { $0.split { $0 == " " || $0 == "\t" } }
  }

  /// `1: FLOCK ADVISORY WRITE 17014 fe:00:333296 0 EOF`; one that waits has `->` in the second place.
  private static func isLock(_ fields: ArraySlice<Substring>, of identity: FileStatus.Identity) -> Bool {
    let fields = Array(fields)
    return fields.count >= 6 && fields[1] == "FLOCK" && fields[5].hasSuffix(":\(identity.inode)")
  }
}
