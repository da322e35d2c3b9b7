internal import CLinux

/// What stat(2) says of a file, in the kernel's numbers.
package struct FileStatus: Sendable, Equatable {
  /// Kinds of inode(7).
  package enum Kind: String, Sendable {
    case regular = "regular file"
    case directory, socket
    case symbolicLink = "symbolic link"
    case fifo = "FIFO"
    case characterDevice = "character device"
    case blockDevice = "block device"
    case unknown
  }
  /// Which inode this is, as long as it exists: two names with the same identity are one file.
  package struct Identity: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
  }

  package let identity: Identity
  package let kind: Kind
  /// Permission bits including setuid, setgid and sticky (07777).
  package let mode: UInt32
  package let uid: UInt32
  package let gid: UInt32
  package let links: UInt64
  /// Bytes.
  package let size: UInt64
  /// Nanoseconds since 1970.
  package let modified: Int64
  /// Nanoseconds since 1970: the last change of contents, names or mode, which nobody can set (utimensat(2)).
  package let changed: Int64

  init(_ raw: sl_status) {
    identity = Identity(device: raw.device, inode: raw.inode)
    kind =
      switch raw.mode & 0o170000 {
      case 0o100000: .regular
      case 0o040000: .directory
      case 0o140000: .socket
      case 0o120000: .symbolicLink
      case 0o010000: .fifo
      case 0o020000: .characterDevice
      case 0o060000: .blockDevice
      default: .unknown
      }
    mode = raw.mode & 0o7777
    uid = raw.uid
    gid = raw.gid
    links = raw.links
    size = raw.size
    modified = raw.modified_ns
    changed = raw.changed_ns
  }

  /// Whether anybody but the owner may write: then the owner says little about who wrote.
  package var isWritableByOthers: Bool { mode & 0o022 != 0 }
}

extension OwnedDescriptor {
  /// fstat(2).
  package func status() throws(Errno) -> FileStatus {
    var raw = sl_status()
    try systemCall { unsafe sl_fstat(self.raw, &raw) }
    return FileStatus(raw)
  }
}
