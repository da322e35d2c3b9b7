internal import CLinux
internal import Glibc

extension PeerProcess {
  /// The program of a process: the path is a name for records, the digest is what a rule compares.
  package struct Program: Sendable, Equatable {
    package let path: String
    /// SHA-256, 64 lower-case hexadecimal digits.
    package let sha256: String
  }

  /// Looks the program up and hashes it; may take long, so never on a reactor's thread. Its name (comm) plays no part.
  ///
  /// The file is opened through the process, not by a path, and must be what ran when the process was pinned, before
  /// and after it is read. While a program runs the kernel lets nobody write to its file (ETXTBSY of open(2); Linux
  /// 6.11 and 6.12 do): there the file's times, which writing changes, show it.
  /// - Parameter limit: most bytes that are hashed.
  package func program(digests: ProgramDigests, limit: UInt64) throws(UnknownProcess) -> Program {
    try checkImage()
    let file = try openProgram()
    let status: FileStatus
    do throws(Errno) { status = try file.status() } catch { throw Self.unknown(error) }
    guard status == image.file, status.kind == .regular else { throw UnknownProcess(Self.changed) }
    let path = try path(of: status, file)
    guard status.size <= limit else {
      throw UnknownProcess("the program \(path) is larger than \(limit) bytes")
    }
    let digest = try digests.digest(of: file, status)
    try checkImage()
    return Program(path: path, sha256: digest)
  }

  private func openProgram() throws(UnknownProcess) -> OwnedDescriptor {
    do throws(Errno) {
      let file = try openExe()
      if try file.filesystemType() != Self.fuse { return file }
    } catch { throw Self.unknown(error) }
    throw UnknownProcess("the program lies on a filesystem that a user's process serves (FUSE)")
  }

  private func openExe() throws(Errno) -> OwnedDescriptor {
    if let line {
      guard let file = try line.look(at: directory, reading: true).program.take() else { throw Errno.protocolFault }
      return file
    }
    let raw = directory.raw
    return OwnedDescriptor(
      adopting: try systemCall { unsafe sl_openat(raw, "exe", O_RDONLY | O_NONBLOCK | O_NOCTTY, 0) })
  }

  package static let changed = "the connecting process runs another program now, or its file was changed"
  private static let fuse: Int64 = 0x6573_5546

  private func checkImage() throws(UnknownProcess) {
    guard try currentImage() == image else { throw UnknownProcess(Self.changed) }
  }

  /// The path, which must lead to the very file: it does not once that was deleted or replaced, which the kernel says by
  /// a suffix that a real name may have as well.
  private func path(of status: FileStatus, _ file: borrowing OwnedDescriptor) throws(UnknownProcess) -> String {
    // Of our own descriptor for the file: the same text, and no look at another process.
    let target: [UInt8]?
    do throws(Errno) { target = try Directory.open("/proc/self/fd").linkTarget(of: "\(file.raw)") } catch {
      throw Self.unknown(error)
    }
    let path = String(decoding: target ?? [], as: UTF8.self)
    guard status.links > 0, path.hasPrefix("/") else {
      throw UnknownProcess("the program was deleted or replaced: \(path)")
    }
    var named = sl_status()
    let result = unsafe sl_fstatat(AT_FDCWD, path, &named)
    guard result >= 0, FileStatus(named).identity == status.identity else {
      throw UnknownProcess(
        path.hasSuffix(" (deleted)")
          ? "the program was deleted or replaced: \(path)" : "the path \(path) does not lead to the program here")
    }
    return path
  }
}
