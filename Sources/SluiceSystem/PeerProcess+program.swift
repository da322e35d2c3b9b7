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
    let opened: OpenedProgram
    do throws(Errno) { opened = try sight.openProgram(of: directory) } catch { throw Self.unknown(error) }
    guard opened.filesystem != Self.fuse else {
      throw UnknownProcess("the program lies on a filesystem that a user's process serves (FUSE)")
    }
    let status = opened.file
    guard status == image.file, status.kind == .regular else { throw UnknownProcess(Self.changed) }
    let path = try Self.path(of: opened)
    guard status.size <= limit else {
      throw UnknownProcess("the program \(path) is larger than \(limit) bytes")
    }
    let digest = try digests.digest(of: opened.descriptor, status)
    try checkImage()
    return Program(path: path, sha256: digest)
  }

  package static let changed = "the connecting process runs another program now, or its file was changed"
  private static let fuse: Int64 = 0x6573_5546

  private func checkImage() throws(UnknownProcess) {
    guard try currentImage() == image else { throw UnknownProcess(Self.changed) }
  }

  /// The path, which must lead to the very file: it does not once that was deleted or replaced, which the kernel says by
  /// a suffix that a real name may have as well.
  private static func path(of opened: borrowing OpenedProgram) throws(UnknownProcess) -> String {
    let path = String(decoding: opened.path, as: UTF8.self)
    guard opened.file.links > 0, path.hasPrefix("/") else {
      throw UnknownProcess("the program was deleted or replaced: \(path)")
    }
    guard opened.named == opened.file.identity else {
      throw UnknownProcess(
        path.hasSuffix(" (deleted)")
          ? "the program was deleted or replaced: \(path)" : "the path \(path) does not lead to the program here")
    }
    return path
  }
}
