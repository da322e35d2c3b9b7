import SluiceSystem

enum ProcessTextCheck {
  /// Whatever a process calls itself, the numbers behind its name are the kernel's.
  static func check(stat bytes: [UInt8]) {
    _ = ProcessStat(bytes)
    let fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777"
    let rest = (23...52).map { "\($0)" }.joined(separator: " ")
    let name = bytes.prefix(15).filter { $0 != 0 }
    let stat = ProcessStat(Array("1 (".utf8) + name + Array(") \(fields) \(rest)\n".utf8))
    precondition(stat?.startTime == 777 && stat?.layout == [26, 27, 28, 45, 48, 50], "a name moved the fields")
  }

  static func check(descriptor bytes: [UInt8]) {
    _ = ProcessStat.pid(inDescriptorText: bytes)
    let line = bytes.filter { $0 != 0x0A }
    let number = Int32(line.count)
    guard !line.starts(with: "Pid:".utf8) else { return }
    precondition(ProcessStat.pid(inDescriptorText: line + Array("\nPid:\t\(number)\n".utf8)) == number)
  }

  /// A path comes back from the octal digits that the kernel writes for what would end it (mangle_path).
  static func check(mounts bytes: [UInt8]) {
    let mounts = bytes.split(separator: 0x0A).compactMap { MountEntry(line: String(decoding: $0, as: UTF8.self)) }
    let path = "/" + String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
    _ = MountEntry.holding(path, in: mounts)
    let mangled = path.utf8.flatMap { byte -> [UInt8] in
      guard [0x20, 0x09, 0x0A, 0x5C].contains(byte) else { return [byte] }
      let digits = String(byte, radix: 8)
      return Array(("\\" + String(repeating: "0", count: 3 - digits.count) + digits).utf8)
    }
    let line = "36 35 98:0 / \(String(decoding: mangled, as: UTF8.self)) rw,noatime master:1 - ext4 /dev/root rw"
    precondition(MountEntry(line: line)?.mountPoint == path, "\(line.debugDescription) is read otherwise")
  }
}
