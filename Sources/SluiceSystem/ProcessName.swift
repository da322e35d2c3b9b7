internal import CLinux
internal import Glibc

/// What a process calls itself: its program's or script's file name, cut to 15 bytes by the kernel, unless it chose
/// another (proc_pid_comm(5), PR_SET_NAME of prctl(2)). A hint, for those who look for a caller; never an identity.
package enum ProcessName {
  private static let limit = 64

  /// nil where the process is gone, or is not to be seen.
  package static func of(_ pid: Int32) -> String? {
    guard pid > 0 else { return nil }
    var buffer = [UInt8](repeating: 0, count: limit)
    do throws(Errno) {
      let file = OwnedDescriptor(
        adopting: try systemCall { unsafe sl_openat(AT_FDCWD, "/proc/\(pid)/comm", O_RDONLY, 0) })
      let count = try systemCall {
        unsafe buffer.withUnsafeMutableBytes { unsafe sl_read(file.raw, $0.baseAddress, UInt64($0.count)) }
      }
      let name = bounded(String(decoding: buffer.prefix(Int(count)).prefix { $0 != 0x0A }, as: UTF8.self))
      return name.isEmpty ? nil : name
    } catch { return nil }
  }

  /// Cut to what fits into tables and records, with nothing in it that a terminal would obey.
  package static func bounded(_ text: String) -> String {
    String(
      String.UnicodeScalarView(text.unicodeScalars.prefix(limit).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 })
    )
  }
}
