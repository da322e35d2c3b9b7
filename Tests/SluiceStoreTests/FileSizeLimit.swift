import Glibc
import SluiceSystem

/// The largest file that this process may write, setrlimit(2).
enum FileSizeLimit {
  static func set(_ bytes: Int64?) throws {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw Errno(rawValue: errno) }
    limit.rlim_cur = bytes.map { rlim_t($0) } ?? limit.rlim_max
    guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { throw Errno(rawValue: errno) }
  }
}
