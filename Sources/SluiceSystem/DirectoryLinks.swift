internal import CLinux

/// Looking at links without opening what they lead to.
extension Directory {
  /// readlink(2) of a name: nil when it is no link, or longer than PATH_MAX.
  package func linkTarget(of name: String) -> [UInt8]? {
    var buffer = InlineArray<4096, CChar>(repeating: 0)
    let target = raw
    var span = buffer.mutableSpan
    return unsafe span.withUnsafeMutableBufferPointer { bytes -> [UInt8]? in
      let length = unsafe sl_readlinkat(target, name, bytes.baseAddress, UInt64(bytes.count))
      guard length > 0, length < bytes.count else { return nil }
      return unsafe bytes[0..<Int(length)].map { UInt8(bitPattern: $0) }
    }
  }

  /// stat(2) of a name, through a link: of an entry of /proc/PID/fd, the open file itself (proc_pid_fd(5)).
  package func statusBehind(_ name: String) throws(Errno) -> FileStatus {
    var status = sl_status()
    try systemCall { unsafe sl_statx_followed(raw, name, &status) }
    return FileStatus(status)
  }
}
