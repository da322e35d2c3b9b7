/// A process as far as it could be seen.
package struct Holder: Sendable, Equatable {
  package let pid: Int32
  package let uid: UInt32
  /// The executable's path, or its short name where the path may not be read.
  package let program: String
  /// The words it was started with, cut to 200 bytes.
  package let command: String
  /// Whether its mounts are others than ours; nil where that may not be read.
  package let hasOwnMounts: Bool?

  package init(pid: Int32, uid: UInt32, program: String, command: String, hasOwnMounts: Bool?) {
    self.pid = pid
    self.uid = uid
    self.program = program
    self.command = command
    self.hasOwnMounts = hasOwnMounts
  }

  /// `python3 (4711, uid 1001)`.
  package var summary: String {
    "\(program.split(separator: "/").last.map(String.init) ?? program) (\(pid), uid \(uid))"
  }
}
