internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports

/// `paths.privateRuntime`: the runtime directory as a tmpfs of its own. It stays mounted when the server ends, with what
/// waits in it, and the next start uses it again.
enum PrivateRuntime {
  /// Run files, journals' claims and reply FIFOs; a full one holds writers back, it does not fill the host's memory.
  private static let size = 256 << 20

  /// - Returns: whether it was mounted now.
  static func prepare(_ layout: ChannelLayout, _ identity: ChannelIdentity) throws(ServiceFailure) -> Bool {
    let path = layout.runtimeDirectory
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let parent = try open(String(path[..<slash]), creating: 0o755, identity)
    let directory = try open(path, creating: 0o700, identity)
    do throws(Errno) {
      if try PrivateMount.isThere(directory, in: parent) { return false }
      guard Process.effectiveUser == 0 else { throw Errno.notPermitted }
      try PrivateMount.mount(on: directory, mode: 0o700, size: size)
      return true
    } catch {
      throw ServiceFailure(
        error == .notPermitted ? .notPermitted : .failed,
        "paths.privateRuntime: cannot mount a tmpfs on \(path): \(error); start as root, or set it to false")
    }
  }

  private static func open(
    _ path: String, creating mode: UInt32, _ identity: ChannelIdentity
  ) throws(ServiceFailure) -> Directory {
    do throws(UnsafePath) { return try identity.directory(path, creating: mode) } catch {
      throw ServiceFailure(TransportFailure(error))
    }
  }
}
