/// What /proc/PID/stat says that no name can forge (proc_pid_stat(5)).
///
/// The second field is the process' own choice of up to 15 bytes and may hold `)`, spaces and newlines; all that
/// follows are numbers and one letter, so the last `)` ends it.
package struct ProcessStat: Sendable, Equatable {
  /// Clock ticks after boot.
  package let startTime: UInt64
  /// Addresses of the program's code, stack and arguments. Each exec(2) lays them out anew, at random places unless the
  /// process asked for none (personality(2)); all zero or one for who may not see them.
  package let layout: [UInt64]

  package init?(_ bytes: [UInt8]) {
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(whereSeparator: { $0 == 0x20 || $0 == 0x0a })
    func number(_ field: Int) -> UInt64? {
      // Field 3 of the manual page is the first after the name.
      guard fields.count > field - 3 else { return nil }
      return UInt64(String(decoding: fields[field - 3], as: UTF8.self))
    }
    guard let startTime = number(22) else { return nil }
    self.startTime = startTime
    var layout: [UInt64] = []
    for field in [26, 27, 28, 45, 48, 50] {
      guard let address = number(field) else { return nil }
      layout.append(address)
    }
    self.layout = layout
  }

  /// The user and group that a process acts as now (proc_pid_status(5)); nil where it is gone.
  package static func owner(of process: Int32) -> Owner? {
    guard let directory = try? Directory.open("/proc/\(process)"),
      let text = (try? directory.contents(of: "status", limit: 1 << 16)) ?? nil
    else { return nil }
    func effective(_ key: String) -> UInt32? {
      for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: key.utf8) {
        let numbers = line.dropFirst(key.utf8.count).split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
        return numbers.count > 1 ? UInt32(String(decoding: numbers[1], as: UTF8.self)) : nil
      }
      return nil
    }
    guard let uid = effective("Uid:"), let gid = effective("Gid:") else { return nil }
    return Owner(uid: uid, gid: gid)
  }

  /// The number in the fdinfo of a pidfd: -1 for a process that was reaped, 0 for one that this /proc does not show;
  /// nil where there is none.
  package static func pid(inDescriptorText bytes: [UInt8]) -> Int32? {
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "Pid:".utf8) {
      return Int32(String(decoding: line.dropFirst(4).drop { $0 == 0x20 || $0 == 0x09 }, as: UTF8.self))
    }
    return nil
  }
}
