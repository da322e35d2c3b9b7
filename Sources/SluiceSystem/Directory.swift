internal import CLinux
internal import Glibc

/// A directory held open: everything in it is reached through the descriptor, never by walking its path again.
package struct Directory: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor
  /// The path it was opened by, for messages only.
  package let path: String

  package init(adopting descriptor: consuming OwnedDescriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  var raw: Int32 { descriptor.raw }

  /// Opens a directory for lookups. Symbolic links on the way are followed: use `walk` where the path must be trusted.
  package static func open(_ path: String) throws(Errno) -> Directory {
    let fd = try systemCall { unsafe sl_openat(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0) }
    return Directory(adopting: OwnedDescriptor(adopting: fd), path: path)
  }

  /// As `open`, for looking names up and nothing else: needs no right to read it, and none from Landlock.
  package static func openForLookup(_ path: String) throws(Errno) -> Directory {
    let fd = try systemCall { unsafe sl_open_for_lookup(AT_FDCWD, path) }
    return Directory(adopting: OwnedDescriptor(adopting: fd), path: path)
  }

  /// Opens a sub-directory; a symbolic link in its place is ELOOP or ENOTDIR.
  package func directory(_ name: String, path childPath: String? = nil) throws(Errno) -> Directory {
    let fd = try systemCall { unsafe sl_openat(raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0) }
    return Directory(adopting: OwnedDescriptor(adopting: fd), path: childPath ?? "\(path)/\(name)")
  }

  /// As `directory`, for looking names up and nothing else: a directory that may be searched but not read will do.
  package func directoryForLookup(_ name: String, path childPath: String) throws(Errno) -> Directory {
    let fd = try systemCall { unsafe sl_open_for_lookup(raw, name) }
    return Directory(adopting: OwnedDescriptor(adopting: fd), path: childPath)
  }

  /// How a file is opened; each opens without following a link and without blocking or becoming a terminal's owner.
  package enum Access: Sendable {
    /// Reading what somebody else may have put there: never blocks, whatever it is.
    case readUntrusted
    case read
    case write
    case readWrite
    case append
    /// Creates a file that must not exist.
    case createNew(mode: UInt32)
    /// Opens or creates; a fresh file gets the mode, less the umask.
    case readWriteCreating(mode: UInt32)
    case appendCreating(mode: UInt32)
    /// A FIFO, both ends: no writer ever sees end of file or a dead pipe (fifo(7)).
    case bothEndsOfFIFO
    /// The writing end of a FIFO: ENXIO where nobody reads.
    case writeEndOfFIFO
    /// The reading end of a FIFO, without waiting for a writer.
    case readEndOfFIFO

    fileprivate var flags: (Int32, UInt32) {
      switch self {
      case .readUntrusted, .readEndOfFIFO: (O_RDONLY | O_NONBLOCK | O_NOCTTY, 0)
      case .read: (O_RDONLY, 0)
      case .write: (O_WRONLY, 0)
      case .readWrite: (O_RDWR, 0)
      case .append: (O_WRONLY | O_APPEND, 0)
      case .createNew(let mode): (O_RDWR | O_CREAT | O_EXCL, mode)
      case .readWriteCreating(let mode): (O_RDWR | O_CREAT, mode)
      case .appendCreating(let mode): (O_RDWR | O_CREAT | O_APPEND, mode)
      case .bothEndsOfFIFO: (O_RDWR | O_NONBLOCK, 0)
      case .writeEndOfFIFO: (O_WRONLY | O_NONBLOCK, 0)
      }
    }
  }

  /// openat(2) of one name in this directory, never through a symbolic link.
  package func open(_ name: String, _ access: Access) throws(Errno) -> OwnedDescriptor {
    let (flags, mode) = access.flags
    return OwnedDescriptor(adopting: try systemCall { unsafe sl_openat(raw, name, flags | O_NOFOLLOW, mode) })
  }

  /// lstat of a name: nil when it is absent.
  package func status(of name: String) throws(Errno) -> FileStatus? {
    var status = sl_status()
    do throws(Errno) { try systemCall { unsafe sl_fstatat(raw, name, &status) } } catch {
      if error == .noSuchFile { return nil }
      throw error
    }
    return FileStatus(status)
  }

  /// Names in it, unsorted; ENOBUFS when they take more than `capacity` bytes.
  package func names(capacity: Int = 1 << 20) throws(Errno) -> [String] {
    // Most directories are small: touching all that a large one may need would take longer than everything else.
    var size = min(capacity, 1 << 14)
    while true {
      do throws(Errno) { return try names(within: size) } catch {
        guard error == .noBufferSpace, size < capacity else { throw error }
        size = min(capacity, size * 8)
      }
    }
  }

  private func names(within size: Int) throws(Errno) -> [String] {
    var buffer = [UInt8](repeating: 0, count: size)
    let used = try systemCall {
      unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe sl_list(raw, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt64(bytes.count))
      }
    }
    return buffer[0..<Int(used)].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }
}
