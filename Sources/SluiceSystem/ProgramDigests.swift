internal import CLinux

/// SHA-256 digests of programs by what tells that a file is the same and unchanged; a bounded memory of the latest.
///
/// A digest is kept only if the file's last change is older than the grain of its times, so that a change after the
/// hashing cannot carry the same times.
package final class ProgramDigests: Sendable {
  private static let most = 64
  /// Nanoseconds; the coarsest file times in use (FAT) have two seconds.
  private static let grain: Int64 = 3_000_000_000

  private struct Known: Sendable {
    let file: FileStatus
    let digest: String
  }
  private let known = Lock<[Known]>([])

  package init() {}

  package var count: Int { known.withLock { $0.count } }

  func digest(of file: borrowing OwnedDescriptor, _ status: FileStatus) throws(UnknownProcess) -> String {
    if let found = known.withLock({ $0.first { $0.file == status } }) { return found.digest }
    let began = Clock.realtime
    let digest = Digest()
    let buffer = ReadBuffer(capacity: 1 << 18)
    var done = 0
    do throws(Errno) {
      // No further than the size that was checked against the limit.
      while done < Int(status.size) {
        let count = try buffer.fill(from: file, at: done)
        if count == 0 { break }
        buffer.withBytes(count) { bytes in unsafe bytes.withUnsafeBytes { unsafe digest.update($0) } }
        done += count
      }
      guard done == Int(status.size), try file.status() == status else { throw Errno.busy }
    } catch {
      throw UnknownProcess(error == .busy ? "the program's file changed while it was read" : "cannot read it: \(error)")
    }
    let text = digest.finish()
    if began - status.changed > Self.grain {
      known.withLock { known in
        if known.count == Self.most { known.removeFirst() }
        known.append(Known(file: status, digest: text))
      }
    }
    return text
  }
}
