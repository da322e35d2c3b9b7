internal import CLinux

/// Reading and writing through an owned descriptor.
extension OwnedDescriptor {
  /// read(2): bytes read, 0 at end of file, nil where it would block.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws(Errno) -> Int? {
    guard let base = buffer.baseAddress else { return 0 }
    return try systemCallUnlessBlocked { unsafe sl_read(raw, base, UInt64(buffer.count)) }.map(Int.init)
  }

  /// pread(2): bytes read, 0 at or past the end of file.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Errno) -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    return Int(try systemCall { unsafe sl_pread(raw, base, UInt64(buffer.count), Int64(offset)) })
  }

  /// write(2): bytes written, nil where it would block.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
    guard let base = bytes.baseAddress else { return 0 }
    return try systemCallUnlessBlocked { unsafe sl_write(raw, base, UInt64(bytes.count)) }.map(Int.init)
  }

  /// send(2) on a socket, without SIGPIPE: bytes written, nil where it would block.
  package func send(_ bytes: UnsafeRawBufferPointer) throws(Errno) -> Int? {
    guard let base = bytes.baseAddress else { return 0 }
    return try systemCallUnlessBlocked { unsafe sl_send(raw, base, UInt64(bytes.count)) }.map(Int.init)
  }

  /// Writes all of the bytes through a descriptor that blocks.
  package func writeAll(_ bytes: [UInt8]) throws(Errno) {
    var done = 0
    while done < bytes.count {
      let written = try systemCall {
        unsafe bytes.withUnsafeBytes { unsafe sl_write(raw, $0[done...].start, UInt64($0.count - done)) }
      }
      done += Int(written)
    }
  }

  /// Writes all of the bytes at an offset, pwrite(2).
  package func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(Errno) {
    guard let base = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let written = try systemCall {
        unsafe sl_pwrite(raw, base + done, UInt64(bytes.count - done), Int64(offset + done))
      }
      done += Int(written)
    }
  }

  package func writeAll(_ bytes: [UInt8], at offset: Int) throws(Errno) {
    var done = 0
    while done < bytes.count {
      let written = try systemCall {
        unsafe bytes.withUnsafeBytes {
          unsafe sl_pwrite(raw, $0[done...].start, UInt64($0.count - done), Int64(offset + done))
        }
      }
      done += Int(written)
    }
  }

  /// pread(2) into an array from one of its places on: bytes read, 0 at the end of the file.
  package func read(into buffer: inout [UInt8], from start: Int, at offset: Int) throws(Errno) -> Int {
    guard start < buffer.count else { return 0 }
    return Int(
      try systemCall {
        unsafe buffer.withUnsafeMutableBytes {
          unsafe sl_pread(raw, $0[start...].start, UInt64($0.count - start), Int64(offset))
        }
      })
  }

  /// The whole file from its start, or nil when it holds more than `limit` bytes.
  /// - Parameter expected: its size, where that is known: one read is enough if it is right.
  package func contents(limit: Int, expecting expected: Int? = nil) throws(Errno) -> [UInt8]? {
    var bytes: [UInt8] = []
    if let expected, expected <= limit, expected < Int.max {
      var room = [UInt8](repeating: 0, count: expected + 1)
      let count = try read(into: &room, from: 0, at: 0)
      if count == expected {
        room.removeLast()
        return room
      }
    }
    var chunk = [UInt8](repeating: 0, count: 16384)
    while true {
      let offset = bytes.count
      let count = try systemCall {
        unsafe chunk.withUnsafeMutableBytes { unsafe sl_pread(raw, $0.baseAddress, UInt64($0.count), Int64(offset)) }
      }
      if count == 0 { return bytes }
      bytes.append(contentsOf: chunk[0..<Int(count)])
      if bytes.count > limit { return nil }
    }
  }

  /// The first bytes of the file, so many at most.
  package func beginning(upTo count: Int) throws(Errno) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let part = try read(into: &bytes, from: done, at: done)
      if part == 0 { break }
      done += part
    }
    return Array(bytes[..<done])
  }

  /// Moves bytes from this pipe straight into a file, splice(2): nil when the pipe is empty.
  ///
  /// The kernel releases the pipe's bytes only as they enter the page cache, within one system call: a process killed
  /// at any moment leaves each byte in the pipe or in the file, never in neither.
  package func splice(into file: borrowing OwnedDescriptor, at offset: Int, count: Int) throws(Errno) -> Int? {
    let target = file.raw
    return try systemCallUnlessBlocked { sl_splice_to_file(raw, target, Int64(offset), UInt64(count)) }.map(Int.init)
  }

  /// Bytes that can be read now, FIONREAD of ioctl_tty(2).
  package func pendingBytes() throws(Errno) -> Int { Int(try systemCall { sl_pending_bytes(raw) }) }
  /// Room for more bytes in a pipe, F_SETPIPE_SZ of fcntl(2); a refusal leaves it as it is.
  package func enlargePipe(to count: Int) { _ = sl_set_pipe_size(raw, Int32(clamping: count)) }
  /// ftruncate(2).
  package func truncate(to length: Int) throws(Errno) { try systemCall { sl_ftruncate(raw, Int64(length)) } }
  /// fdatasync(2): contents and size reach the disk.
  package func synchronize() throws(Errno) { try systemCall { sl_fdatasync(raw) } }
  /// fchmod(2).
  package func setMode(_ mode: UInt32) throws(Errno) { try systemCall { sl_fchmod(raw, mode) } }
  /// fchown(2).
  package func setOwner(uid: UInt32, gid: UInt32) throws(Errno) { try systemCall { sl_fchown(raw, uid, gid) } }
}

extension OwnedDescriptor {
  /// send(2) of an array from one of its places on.
  package func send(_ bytes: [UInt8], from start: Int) throws(Errno) -> Int? {
    guard start < bytes.count else { return 0 }
    return try systemCallUnlessBlocked {
      unsafe bytes.withUnsafeBytes { unsafe sl_send(raw, $0[start...].start, UInt64($0.count - start)) }
    }.map(Int.init)
  }

  /// read(2) into an array on a descriptor that blocks or is known to be ready: 0 at end of file or where nothing came.
  package func read(into buffer: inout [UInt8]) throws(Errno) -> Int {
    let count = try systemCallUnlessBlocked {
      unsafe buffer.withUnsafeMutableBytes { unsafe sl_read(raw, $0.baseAddress, UInt64($0.count)) }
    }
    return Int(count ?? 0)
  }

  /// write(2) of an array from one of its places on: nil where it would block.
  package func write(_ bytes: [UInt8], from start: Int) throws(Errno) -> Int? {
    guard start < bytes.count else { return 0 }
    return try systemCallUnlessBlocked {
      unsafe bytes.withUnsafeBytes { unsafe sl_write(raw, $0[start...].start, UInt64($0.count - start)) }
    }.map(Int.init)
  }
}

// A slice's first byte, as the calls want it; nil where the whole buffer is empty.
extension Slice where Base == UnsafeRawBufferPointer {
  fileprivate var start: UnsafeRawPointer? { unsafe UnsafeRawBufferPointer(rebasing: self).baseAddress }
}
extension Slice where Base == UnsafeMutableRawBufferPointer {
  fileprivate var start: UnsafeMutableRawPointer? { unsafe UnsafeMutableRawBufferPointer(rebasing: self).baseAddress }
}
