internal import SluiceCommandLine
internal import SluiceSystem

/// A private directory that stands in for the whole host, with a mark by which a run of ours knows where it is.
struct RehearsalRoot {
  let path: String

  /// Makes one below TMPDIR, or /tmp.
  static func make() throws(CommandFailure) -> RehearsalRoot {
    let told = Process.environment("TMPDIR") ?? ""
    let parent = told.hasPrefix("/") ? told : "/tmp"
    let name = "sluice-rehearsal-\(Random.token(bytes: 8))"
    let directory: Directory
    // Whoever could exchange the new directory's name would have all that is made in it.
    do throws(UnsafePath) { directory = try SafePath.openDirectory(parent) } catch {
      throw CommandFailure(
        error.reason == .missing ? .failed : .notPermitted,
        "cannot make a directory for the rehearsal: \(error.description); name another with TMPDIR")
    }
    do throws(Errno) {
      try directory.makeDirectory(name, mode: 0o700)
      let root = RehearsalRoot(path: "\(parent)/\(name)")
      try Directory.open(root.path).replaceFile(RehearsalStop.marker, with: [], mode: 0o600)
      return root
    } catch {
      throw CommandFailure(
        .failed, "cannot make a directory for the rehearsal in \(parent): \(error); name another with TMPDIR")
    }
  }

  /// Makes a directory of the host, with those that lead to it.
  func make(_ absolute: String, mode: UInt32) throws(CommandFailure) {
    var path = self.path
    do throws(Errno) {
      for part in absolute.split(separator: "/") {
        let directory = try Directory.open(path)
        if try directory.status(of: String(part)) == nil { try directory.makeDirectory(String(part), mode: 0o755) }
        path += "/\(part)"
      }
      guard path != self.path, let slash = path.lastIndex(of: "/") else { return }
      try Directory.open(String(path[..<slash])).setMode(of: String(path[path.index(after: slash)...]), mode)
    } catch { throw CommandFailure(.failed, "cannot make \(path): \(error)") }
  }

  func write(_ text: String, to absolute: String) throws(CommandFailure) {
    guard let slash = absolute.lastIndex(of: "/") else { return }
    try make(String(absolute[..<slash]), mode: 0o755)
    do throws(Errno) {
      try Directory.open(path + absolute[..<slash]).replaceFile(
        String(absolute[absolute.index(after: slash)...]), with: Array(text.utf8), mode: 0o644)
    } catch { throw CommandFailure(.failed, "cannot write \(path)\(absolute): \(error)") }
  }

  /// Removes it with all that is in it; false where something is left.
  func remove() -> Bool {
    guard let slash = path.lastIndex(of: "/"), let parent = try? Directory.open(String(path[..<slash])) else {
      return false
    }
    let name = String(path[path.index(after: slash)...])
    Self.empty(path)
    do throws(Errno) { try parent.removeDirectory(name) } catch { return error == .noSuchFile }
    return true
  }

  /// Depth first, and following nothing.
  private static func empty(_ path: String) {
    guard let directory = try? Directory.open(path), let names = try? directory.names(capacity: 16 << 20) else {
      return
    }
    for name in names {
      guard let found = try? directory.status(of: name) else { continue }
      if found.kind == .directory {
        empty("\(path)/\(name)")
        try? directory.removeDirectory(name)
      } else {
        // The seal of a channel that was retired below it.
        if found.kind == .regular, let file = try? directory.open(name, .readUntrusted),
          (try? file.isImmutable()) == true
        {
          try? file.setImmutable(false)
        }
        try? directory.unlink(name)
      }
    }
  }
}
