internal import CLinux

/// What is left on the filesystem of a file, fstatvfs(3).
package struct FreeSpace: Equatable, Sendable {
  /// Bytes that an ordinary user may still write.
  package var bytes: UInt64
  /// Files that can still be made; nil where there is no fixed number of them.
  package var files: UInt64?
  package var isReadOnly: Bool

  package init(bytes: UInt64, files: UInt64?, isReadOnly: Bool) {
    self.bytes = bytes
    self.files = files
    self.isReadOnly = isReadOnly
  }
}

extension Directory {
  package func freeSpace() throws(Errno) -> FreeSpace {
    var space = sl_space()
    try systemCall { unsafe sl_space(raw, &space) }
    return FreeSpace(
      bytes: space.bytes, files: space.counts_inodes != 0 ? space.inodes : nil, isReadOnly: space.is_read_only != 0)
  }
}
