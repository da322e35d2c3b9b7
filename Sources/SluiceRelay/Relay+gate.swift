internal import SluiceChannel
internal import SluiceSystem
internal import SluiceTransports

extension Relay {
  /// Directories in which everybody makes files: each opening there would wait for us.
  private static let shared = ["/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/"]

  /// The gate, with its guard: made before there is a second thread, and before the sandbox.
  static func makeGate(_ channel: ChannelFile, _ layout: ChannelLayout) throws(ServiceFailure) -> OpenGate? {
    guard channel.legacy.ingress == .gate else { return nil }
    for (key, path, plain) in [
      ("input", layout.legacyInput, channel.legacy.input), ("bad", layout.legacyBad, channel.legacy.bad),
    ] {
      let slots = [layout.legacyInput, layout.legacyBad].map(base)
      if let problem = sharing(path, plain.rawValue, channel.name.rawValue, slots) {
        throw ServiceFailure(
          .failed,
          "legacy.ingress 'gate' needs a directory of its own for legacy.\(key): \(problem); give it one such as"
            + " /srv/\(channel.name), and leave a symbolic link of root's at the old path")
      }
    }
    do throws(Errno) { return try OpenGate() } catch {
      throw ServiceFailure(
        .failed,
        error == .notPermitted
          ? "legacy.ingress 'gate' needs CAP_SYS_ADMIN, which this process lacks; run the relay with it, or use 'watch'"
          : "legacy.ingress 'gate' is not to be had here (fanotify: \(error)); use 'watch'")
    }
  }

  /// Why a path's directory is not the channel's alone.
  private static func sharing(_ path: String, _ plain: String, _ channel: String, _ slots: [String]) -> String? {
    func parent(_ path: String) -> String {
      let slash = path.lastIndex(of: "/") ?? path.startIndex
      return slash == path.startIndex ? "/" : String(path[..<slash])
    }
    if shared.contains(parent(plain)) || shared.contains(parent(path)) { return "\(parent(plain)) is everybody's" }
    guard let names = try? Directory.open(parent(path)).names() else { return nil }
    // Hidden: a message of our own sender's before it is moved to the path.
    let own = [".\(channel)-relay-", "mcp_"] + slots.flatMap { [$0, ".\($0)."] }
    guard let other = names.first(where: { found in !own.contains { found.hasPrefix($0) } }) else { return nil }
    return "'\(other.prefix(64))' is in \(parent(plain)) too"
  }

  private static func base(_ path: String) -> String {
    String(path[path.index(after: path.lastIndex(of: "/") ?? path.startIndex)...])
  }
}
