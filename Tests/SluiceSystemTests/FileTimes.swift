import Glibc
import SluiceSystem
import SluiceTestSupport

/// Files with times that somebody set.
enum FileTimes {
  static func status(seconds: Int) throws -> FileStatus {
    let root = try TemporaryDirectory()
    try root.write("file", "")
    var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
    guard utimensat(AT_FDCWD, "\(root.path)/file", &times, 0) == 0 else { throw CallFailed(errno: Glibc.errno) }
    guard let status = try root.directory().status(of: "file") else { throw CallFailed(errno: ENOENT) }
    return status
  }
}
