internal import CLinux

/// A small file mapped shared: what is stored in it survives the death of the process without any system call, since
/// the page cache holds it (mmap(2), MAP_SHARED). It does not survive a power cut until it was synchronised.
@safe package struct MappedFile: ~Copyable {
  private let address: UnsafeMutableRawPointer
  package let length: Int

  /// Maps `length` bytes of a file, which is made that long first, with all its blocks: a store into a hole of a full
  /// filesystem would be SIGBUS (mmap(2)) instead of an error.
  package init(_ file: borrowing OwnedDescriptor, length: Int) throws(Errno) {
    if try file.status().size != UInt64(length) { try file.truncate(to: length) }
    var raw: UnsafeMutableRawPointer?
    let fd = file.raw
    try systemCall { sl_allocate(fd, UInt64(length)) }
    try systemCall { unsafe sl_map_shared(fd, UInt64(length), &raw) }
    guard let mapped = unsafe raw else { throw Errno.invalid }
    unsafe address = unsafe mapped
    self.length = length
  }

  deinit { _ = unsafe sl_unmap(address, UInt64(length)) }

  /// The mapped bytes; never kept beyond the mapping's life.
  package var bytes: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: address, count: length)
  }
}
