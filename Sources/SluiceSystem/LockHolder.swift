/// A process that holds a lock, as far as it could be seen.
package struct LockHolder: Sendable, Equatable, CustomStringConvertible {
  package let pid: Int32
  package let uid: UInt32
  /// The last component of the executable's path, or the short name, which is the process' own choice.
  package let program: String

  package init(pid: Int32, uid: UInt32, program: String) {
    self.pid = pid
    self.uid = uid
    self.program = program
  }

  /// `4711 (sleep, uid 1001)`
  package var description: String { "\(pid) (\(program), uid \(uid))" }

  /// Lines `PID UID NAME`; what is no such line is passed over.
  static func parse(_ lines: [UInt8]) -> [LockHolder] {
    lines.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
      guard fields.count == 3, let pid = Int32(String(decoding: fields[0], as: UTF8.self)),
        let uid = UInt32(String(decoding: fields[1], as: UTF8.self))
      else { return nil }
      return LockHolder(pid: pid, uid: uid, program: String(decoding: fields[2], as: UTF8.self))
    }
  }
}

extension [LockHolder] {
  /// ` by process 4711 (sleep, uid 1001)`, for a sentence; empty where nobody is known.
  package var phrase: String {
    isEmpty ? "" : " by process \(map(\.description).joined(separator: ", "))"
  }
}
