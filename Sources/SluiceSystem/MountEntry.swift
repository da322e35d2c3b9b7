/// One line of /proc/PID/mountinfo, proc_pid_mountinfo(5).
package struct MountEntry: Equatable, Sendable {
  /// The directory of the filesystem that is its root: another one than `/` for bind mounts, as PrivateTmp= makes them.
  package let root: String
  package let mountPoint: String
  package let filesystem: String

  package init(root: String, mountPoint: String, filesystem: String) {
    self.root = root
    self.mountPoint = mountPoint
    self.filesystem = filesystem
  }

  /// Nil for a line that is none.
  package init?(line: some StringProtocol) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    // A dash ends the optional fields.
    guard fields.count >= 9, let dash = fields[6...].firstIndex(of: "-"), dash + 1 < fields.count else { return nil }
    root = Self.unescaped(String(fields[3]))
    mountPoint = Self.unescaped(String(fields[4]))
    filesystem = String(fields[dash + 1])
  }

  /// Space, tab, newline and backslash stand as three octal digits.
  private static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.first {
      let digits = rest.dropFirst().prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(4)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The mount that a path is on: of those that stand above it the nearest, and of those the last one mounted.
  package static func holding(_ path: String, in mounts: [MountEntry]) -> MountEntry? {
    var best: MountEntry?
    for mount in mounts {
      let point = mount.mountPoint
      guard point == "/" || path == point || path.hasPrefix(point + "/") else { continue }
      if point.utf8.count >= (best?.mountPoint.utf8.count ?? 0) { best = mount }
    }
    return best
  }

  /// Those that this process sees, as they were mounted; empty where that cannot be read.
  package static func ofThisProcess() -> [MountEntry] {
    guard let place = try? Directory.open("/proc/self"),
      let bytes = (try? place.contents(of: "mountinfo", limit: 1 << 22)) ?? nil
    else { return [] }
    return bytes.split(separator: 0x0a).compactMap { MountEntry(line: String(decoding: $0, as: UTF8.self)) }
  }
}
