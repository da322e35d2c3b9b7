internal import CLinux

/// Sees which process closed a file that it had written, for files directly in watched directories (fanotify(7)).
///
/// It blocks nobody. The kernel queues the event before it lets go of the writer, so once a read lease on the file is
/// granted, everything about it is in the queue. Needs CAP_SYS_ADMIN, and Linux 5.17 for the identity of the file.
package final class WriteWitness {
  /// Readable while events are queued.
  package let descriptor: OwnedDescriptor
  private var buffer = [UInt8](repeating: 0, count: 65536)

  /// EPERM without the capability, EINVAL where the kernel is too old.
  package init() throws(Errno) { descriptor = OwnedDescriptor(adopting: try systemCall { sl_witness_open() }) }

  package func watch(_ directory: borrowing Directory) throws(Errno) {
    let fd = directory.raw
    try systemCall { sl_witness_watch(descriptor.raw, fd) }
  }

  /// Hands over everything that is queued.
  package func drain(_ body: (WriteEvent) -> Void) throws(Errno) {
    while let count = try systemCallUnlessBlocked({
      unsafe buffer.withUnsafeMutableBytes { unsafe sl_read(descriptor.raw, $0.baseAddress, UInt64($0.count)) }
    }), count > 0 {
      WriteEvent.forEach(in: buffer[0..<Int(count)], body)
      // One more would have fitted: there was none.
      if Int(count) < buffer.count / 2 { return }
    }
  }
}

/// A file's identity over renames, as the filesystem encodes it (name_to_handle_at(2)).
package struct FileHandle: Hashable, Sendable {
  fileprivate let bytes: [UInt8]
  package init(bytes: [UInt8]) { self.bytes = bytes }
}

extension Directory {
  /// The handle of a name in it; EOPNOTSUPP where the filesystem has none.
  package func handle(of name: String) throws(Errno) -> FileHandle {
    var bytes = [UInt8](repeating: 0, count: 256)
    let fd = raw
    let size = try systemCall {
      unsafe bytes.withUnsafeMutableBufferPointer { unsafe sl_file_handle(fd, name, $0.baseAddress, UInt32($0.count)) }
    }
    return FileHandle(bytes: Array(bytes[0..<Int(size)]))
  }
}
