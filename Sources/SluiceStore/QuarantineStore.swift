package import SluiceSystem

/// Messages that were taken and could not be handled, kept as files named by their id, bounded in space.
package final class QuarantineStore {
  private let directory: Directory
  private let limit: Int
  private var used: Int

  package init(_ directory: consuming Directory, limit: Int) throws(Errno) {
    var total = 0
    for name in try directory.names(capacity: 16 << 20) { total += Int(try directory.status(of: name)?.size ?? 0) }
    self.directory = directory
    self.limit = limit
    used = total
  }

  /// Keeps bytes; returns what stands in the record where they could not be kept.
  package func keep(_ bytes: [UInt8], id: String) -> String? {
    guard !bytes.isEmpty else { return nil }
    guard used + bytes.count <= limit else { return "not kept: the quarantine is full" }
    do throws(Errno) {
      try directory.replaceFile(id, with: bytes, mode: 0o600)
      used += bytes.count
      return nil
    } catch { return "not kept: \(error)" }
  }
}
