internal import CLinux

/// A program to be started: exact path, exact arguments, exact environment; no shell.
package struct ProgramStart: Sendable {
  package var path: String
  package var arguments: [String]
  package var environment: [String]
  package var directory: String?
  /// Most open descriptors (RLIMIT_NOFILE); 0 inherits.
  package var openFilesLimit: UInt64 = 0

  package init(path: String, arguments: [String], environment: [String], directory: String? = nil) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
  }
}

/// A started child in its own process group, with a pidfd that becomes readable when it ends (pidfd_open(2)).
package final class ChildProcess {
  package let pid: Int32
  package let pidfd: OwnedDescriptor
  package private(set) var input: OwnedDescriptor?
  package let output: OwnedDescriptor
  package let errors: OwnedDescriptor

  private init(
    pid: Int32, pidfd: consuming OwnedDescriptor, input: consuming OwnedDescriptor, output: consuming OwnedDescriptor,
    errors: consuming OwnedDescriptor
  ) {
    self.pid = pid
    self.pidfd = pidfd
    self.input = consume input
    self.output = output
    self.errors = errors
  }

  /// Closes our end of its input: it reads end of file.
  package func closeInput() { input = nil }

  /// Starts it with three pipes, whose own ends do not block.
  package static func start(_ program: ProgramStart) throws(Errno) -> ChildProcess {
    try start { (input, output, errors) throws(Errno) in try spawn(program, input, output, errors) }
  }

  /// As above, with the child that `launch` makes of the three descriptors.
  static func start(_ launch: (_ input: Int32, _ output: Int32, _ errors: Int32) throws(Errno) -> Int32)
    throws(Errno) -> ChildProcess
  {
    let input = try Pipe()
    let output = try Pipe()
    let errors = try Pipe()
    let pid = try launch(input.readEnd.raw, output.writeEnd.raw, errors.writeEnd.raw)
    let pidfd: OwnedDescriptor
    do throws(Errno) { pidfd = OwnedDescriptor(adopting: try systemCall { sl_pidfd_open(pid) }) } catch {
      killGroup(pid)
      var status: Int32 = 0
      _ = unsafe sl_wait(pid, &status, 0)
      throw error
    }
    _ = sl_set_flags(input.writeEnd.raw, 0, 1)
    _ = sl_set_flags(output.readEnd.raw, 0, 1)
    _ = sl_set_flags(errors.readEnd.raw, 0, 1)
    return ChildProcess(
      pid: pid, pidfd: pidfd, input: input.takeWriteEnd(), output: output.takeReadEnd(), errors: errors.takeReadEnd())
  }

  private static func spawn(_ program: ProgramStart, _ input: Int32, _ output: Int32, _ errors: Int32) throws(Errno)
    -> Int32
  {
    try unsafe CStrings.with(program.arguments) { (arguments) throws(Errno) in
      try unsafe CStrings.with(program.environment) { (environment) throws(Errno) in
        try systemCall {
          unsafe program.path.withCString { path in
            func run(_ directory: UnsafePointer<CChar>?) -> Int32 {
              var spec = unsafe sl_program(
                path: path, arguments: arguments, environment: environment, directory: directory, input: input,
                output: output, error: errors, address_space_limit: 0, open_files_limit: program.openFilesLimit)
              return unsafe sl_spawn(&spec)
            }
            guard let directory = program.directory else { return run(nil) }
            return unsafe directory.withCString { unsafe run($0) }
          }
        }
      }
    }
  }

  /// SIGTERM for one process: a keeper passes it on, and kills what is left 2 s later.
  package static func askToEnd(_ pid: Int32) { if pid > 1 { _ = sl_kill(pid, 15) } }

  /// SIGKILL for the whole process group.
  package static func killGroup(_ pid: Int32) { if pid > 1 { _ = sl_kill(-pid, 9) } }

  /// SIGKILL for one process.
  package static func kill(_ pid: Int32) { if pid > 1 { _ = sl_kill(pid, 9) } }

  /// Reaps it once the pidfd is readable: its exit status, or 128 plus the signal that ended it; nil while it runs.
  package static func reap(_ pid: Int32) throws(Errno) -> Int32? {
    var status: Int32 = 0
    return try systemCall { unsafe sl_wait(pid, &status, 1) } == 0 ? nil : status
  }
}

/// The two ends of a pipe(2).
package struct Pipe: ~Copyable {
  package let readEnd: OwnedDescriptor
  package let writeEnd: OwnedDescriptor

  package init() throws(Errno) {
    var ends: (Int32, Int32) = (-1, -1)
    try systemCall {
      unsafe withUnsafeMutableBytes(of: &ends) {
        unsafe sl_pipe($0.baseAddress?.assumingMemoryBound(to: Int32.self), 0)
      }
    }
    readEnd = OwnedDescriptor(adopting: ends.0)
    writeEnd = OwnedDescriptor(adopting: ends.1)
  }

  package consuming func takeReadEnd() -> OwnedDescriptor { readEnd }
  package consuming func takeWriteEnd() -> OwnedDescriptor { writeEnd }
}

/// Null-terminated vectors of C strings for exec.
enum CStrings {
  static func with<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws(Errno) -> Result
  ) throws(Errno) -> Result {
    var storage: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
      offsets.append(storage.count)
      // An embedded NUL ends the C string early: nothing after it can smuggle in another argument.
      storage.append(contentsOf: string.utf8.prefix { $0 != 0 }.map { CChar(bitPattern: $0) })
      storage.append(0)
    }
    return try unsafe storage.withUnsafeBufferPointer { (buffer) throws(Errno) -> Result in
      var pointers: [UnsafePointer<CChar>?] = unsafe []
      for offset in offsets {
        let pointer = unsafe buffer.baseAddress.map { unsafe $0 + offset }
        unsafe pointers.append(pointer)
      }
      unsafe pointers.append(UnsafePointer<CChar>?.none)
      return try unsafe pointers.withUnsafeBufferPointer { (vector) throws(Errno) -> Result in
        guard let base = vector.baseAddress else { throw Errno.invalid }
        return try unsafe body(base)
      }
    }
  }
}
