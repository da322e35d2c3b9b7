package import SluiceChannel
package import SluiceSystem

/// Where a server's channel file is, and how it is read: at start and again by a reload.
///
/// Whoever can write the file decides who may call, so neither it nor a directory on its way may be writable by others
/// than root, the channel's user and whoever starts the server.
package struct ChannelSource: Sendable {
  private let directory: String
  private let name: String
  /// Overrides of the environment and of flags.
  private let adjust: @Sendable (ChannelFile) throws(ServiceFailure) -> ChannelFile
  package static let sizeLimit = 1 << 20

  package var path: String { directory == "/" ? "/\(name)" : "\(directory)/\(name)" }

  /// - Parameter path: absolute, without `.` and `..`.
  package init(
    path: String, adjust: @escaping @Sendable (ChannelFile) throws(ServiceFailure) -> ChannelFile = { $0 }
  ) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    directory = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[slash...].drop { $0 == "/" })
    self.adjust = adjust
  }

  /// Walks to the file's directory, checking every step.
  package func openDirectory(trusting user: UInt32?) throws(ServiceFailure) -> Directory {
    do throws(UnsafePath) { return try SafePath.openDirectory(directory, trusting: user) } catch {
      throw ServiceFailure(.unsafePath, "the channel file \(path) cannot be trusted: \(error)")
    }
  }

  /// Reads the file in its directory; `user` is the channel's, where it is known already.
  package func read(in directory: borrowing Directory, trusting user: UInt32?) throws(ServiceFailure) -> ChannelFile {
    let status: FileStatus
    let contents: [UInt8]?
    do throws(Errno) {
      let file = try directory.open(name, .readUntrusted)
      status = try file.status()
      contents = status.kind == .regular ? try file.contents(limit: Self.sizeLimit) : nil
    } catch {
      throw ServiceFailure(
        error == .permissionDenied ? .notPermitted : .failed,
        "cannot read the channel file \(path): \(error)"
          + (error == .permissionDenied ? "; the user of the channel must be able to read it" : ""))
    }
    guard status.kind == .regular else { throw ServiceFailure(.unsafePath, "\(path) is no regular file") }
    guard let contents else {
      throw ServiceFailure(.badConfiguration, "\(path) is larger than \(Self.sizeLimit) bytes")
    }
    if status.isWritableByOthers {
      throw ServiceFailure(
        .unsafePath,
        "the channel file \(path) (mode 0\(String(status.mode, radix: 8))) can be changed by other users, who could give"
          + " themselves any right; run: chmod go-w \(path)")
    }
    let channel: ChannelFile
    do throws(ChannelFileError) { channel = try ChannelFile.parse(bytes: contents, fileName: path) } catch {
      throw ServiceFailure(.badConfiguration, error.description)
    }
    guard [0, Process.effectiveUser, user].contains(status.uid) else {
      throw ServiceFailure(
        .unsafePath,
        "the channel file \(path) belongs to uid \(status.uid), who is neither root nor the channel's user and could give"
          + " himself any right; run: chown root \(path)")
    }
    return try adjust(channel)
  }

  /// Walks and reads.
  package func read(trusting user: UInt32?) throws(ServiceFailure) -> ChannelFile {
    try read(in: openDirectory(trusting: user), trusting: user)
  }
}
