internal import CLinux

/// A buffer that many descriptors are read into in turn; its bytes are valid until the next read.
@safe package final class ReadBuffer {
  private let bytes: UnsafeMutableRawBufferPointer

  package init(capacity: Int = 1 << 16) {
    unsafe bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
  }
  deinit { unsafe bytes.deallocate() }

  package var capacity: Int { unsafe bytes.count }

  /// read(2) once, at most `limit` bytes: bytes read, 0 at end of file, nil where it would block.
  package func fill(from descriptor: borrowing OwnedDescriptor, atMost limit: Int = .max) throws(Errno) -> Int? {
    let fd = descriptor.raw
    let count = UInt64(max(1, min(limit, capacity)))
    return try systemCallUnlessBlocked { unsafe sl_read(fd, bytes.baseAddress, count) }.map(Int.init)
  }

  /// recv(2) of at most so many bytes, and who wrote them where `sl_pass_credentials` was set; never bytes of two
  /// writers at once (unix(7)).
  package func receive(
    from descriptor: borrowing OwnedDescriptor, atMost limit: Int
  ) throws(Errno) -> (count: Int, writer: MessageWriter)? {
    let fd = descriptor.raw
    var writer = sl_peer()
    let count = try systemCallUnlessBlocked {
      unsafe sl_receive(fd, bytes.baseAddress, UInt64(min(limit, bytes.count)), &writer)
    }
    return count.map { (Int($0), MessageWriter(pid: writer.pid, uid: writer.uid)) }
  }

  /// pread(2) once.
  package func fill(from descriptor: borrowing OwnedDescriptor, at offset: Int) throws(Errno) -> Int {
    let fd = descriptor.raw
    return Int(try systemCall { unsafe sl_pread(fd, bytes.baseAddress, UInt64(bytes.count), Int64(offset)) })
  }

  /// Lends the first `count` bytes.
  package func withBytes<Result>(_ count: Int, _ body: (RawSpan) -> Result) -> Result {
    body(unsafe UnsafeRawBufferPointer(rebasing: bytes[0..<count]).bytes)
  }
}
