/// Settings of the kernel that decide what users can do to each other's files, /proc/sys/fs (sysctl:
/// Documentation/admin-guide/sysctl/fs.rst).
package struct KernelProtection: Sendable, Equatable {
  /// Values by name, such as `protected_symlinks`; those that cannot be read are absent.
  package let values: [String: Int]

  package static let names = ["protected_symlinks", "protected_hardlinks", "protected_fifos", "protected_regular"]
  private static let others = [
    "leases-enable", "inotify/max_user_instances", "inotify/max_user_watches", "inotify/max_queued_events",
  ]

  package init(values: [String: Int]) { self.values = values }

  package static func read() -> KernelProtection {
    var values: [String: Int] = [:]
    for path in names + others {
      let parts = path.split(separator: "/")
      let place = (["/proc/sys/fs"] + parts.dropLast().map(String.init)).joined(separator: "/")
      guard let name = parts.last, let directory = try? Directory.open(place),
        let bytes = (try? directory.contents(of: String(name), limit: 64)) ?? nil
      else { continue }
      values[path] = Int(String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self))
    }
    return KernelProtection(values: values)
  }
}
