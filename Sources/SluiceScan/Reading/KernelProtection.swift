internal import SluiceSystem

/// The kernel's guards for sticky directories, /proc/sys/fs/protected_* (sysctl: Documentation/admin-guide/sysctl/fs.rst).
package struct KernelProtection: Sendable, Equatable {
  /// Values by name, such as `protected_symlinks`; those that cannot be read are absent.
  package let values: [String: Int]

  package static let names = ["protected_symlinks", "protected_hardlinks", "protected_fifos", "protected_regular"]

  package init(values: [String: Int]) { self.values = values }

  package static func read() -> KernelProtection {
    var values: [String: Int] = [:]
    if let directory = try? Directory.open("/proc/sys/fs") {
      for name in names {
        guard let bytes = (try? directory.contents(of: name, limit: 64)) ?? nil else { continue }
        values[name] = Int(String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self))
      }
    }
    return KernelProtection(values: values)
  }
}
