internal import CLinux

/// What can be seen of the program of a process, through its directory in /proc.
package protocol ProcessSight: Sendable {
  /// What runs now. Asks no file server, and takes a bounded time.
  func look(at process: borrowing Directory) throws(Errno) -> ProcessLook
  /// Opens the program for reading; may wait, so never on a reactor's thread.
  func openProgram(of process: borrowing Directory) throws(Errno) -> OpenedProgram
  /// Who holds a lock of flock(2) on this file; looks at every process, so never on a reactor's thread.
  func lockHolders(of file: borrowing OwnedDescriptor) throws(Errno) -> [LockHolder]
}

/// /proc/PID/exe and /proc/PID/stat of proc(5), read together.
package struct ProcessLook: Sendable {
  package let file: FileStatus
  package let stat: [UInt8]
}

/// A program that was opened through its process, with what was found on the way.
package struct OpenedProgram: ~Copyable {
  package let descriptor: OwnedDescriptor
  package let file: FileStatus
  /// The text of the link, a name for records.
  package let path: [UInt8]
  /// Which file that text leads to.
  package let named: FileStatus.Identity?
  /// f_type of fstatfs(2).
  package let filesystem: Int64
}

/// Looks with this process' own rights.
package struct OwnSight: ProcessSight {
  package init() {}

  package func look(at process: borrowing Directory) throws(Errno) -> ProcessLook {
    var found = sl_look()
    let raw = process.raw
    try systemCall { unsafe sl_look_at(raw, &found) }
    return ProcessLook(found)
  }

  package func openProgram(of process: borrowing Directory) throws(Errno) -> OpenedProgram {
    var found = sl_look()
    let raw = process.raw
    let file = OwnedDescriptor(adopting: try systemCall { unsafe sl_open_program(raw, &found) })
    return OpenedProgram(found, file)
  }

  package func lockHolders(of file: borrowing OwnedDescriptor) throws(Errno) -> [LockHolder] {
    var found = sl_look()
    let raw = file.raw
    try systemCall { unsafe sl_lock_holders(raw, &found) }
    return LockHolder.parse(found.lines)
  }
}

extension ProcessLook {
  init(_ found: sl_look) {
    file = FileStatus(found.file)
    stat = found.bytes(from: found.link_length, count: found.stat_length)
  }
}

extension OpenedProgram {
  init(_ found: sl_look, _ descriptor: consuming OwnedDescriptor) {
    self.descriptor = descriptor
    file = FileStatus(found.file)
    path = found.bytes(from: 0, count: found.link_length)
    named = found.leads != 0 ? FileStatus(found.named).identity : nil
    filesystem = Int64(found.filesystem)
  }
}

extension sl_look {
  /// What stands in place of the link's text.
  var lines: [UInt8] { bytes(from: 0, count: link_length) }

  fileprivate func bytes(from start: UInt32, count: UInt32) -> [UInt8] {
    // Both lengths were checked where it was filled in.
    unsafe withUnsafePointer(to: self) { look in
      guard let text = unsafe sl_look_text(look) else { return [] }
      return unsafe Array(UnsafeRawBufferPointer(start: text + Int(start), count: Int(count)))
    }
  }
}
