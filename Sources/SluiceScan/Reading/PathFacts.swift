package import SluiceSystem

/// What stands at a path, without opening it, and what its directories are like.
package struct PathFacts: Sendable, Equatable {
  package enum Found: Sendable, Equatable {
    case absent
    case present(FileStatus)
    case unreadable(Errno)
  }
  package let path: String
  package let found: Found
  /// The directory that holds it, links followed.
  package let parent: FileStatus?
  /// Why the directory cannot be trusted; nil where it can.
  package let verdict: UnsafePath?

  package init(path: String, found: Found, parent: FileStatus?, verdict: UnsafePath?) {
    self.path = path
    self.found = found
    self.parent = parent
    self.verdict = verdict
  }

  package var status: FileStatus? { if case .present(let status) = found { status } else { nil } }

  /// In a directory such as /tmp: anybody may add names, and only owners may remove them.
  package var isInStickyDirectory: Bool {
    guard let parent else { return false }
    return parent.mode & 0o1002 == 0o1002
  }
}

extension PathFacts {
  /// - Parameters:
  ///   - trusted: a user whose directories are as good as ours; nil for the owner of what is found.
  ///   - group: the group that may write to the directory.
  package static func look(_ path: String, trusting trusted: UInt32? = nil, leafGroup group: UInt32? = nil) -> PathFacts
  {
    let (parent, name) = split(path)
    var found = Found.absent
    var status: FileStatus?
    do throws(Errno) {
      let directory = try Directory.open(parent)
      status = try directory.descriptor.status()
      if let there = try directory.status(of: name) { found = .present(there) }
    } catch { found = error == .noSuchFile || error == .notDirectory ? .absent : .unreadable(error) }
    var owner = trusted
    if owner == nil, case .present(let there) = found { owner = there.uid }
    return PathFacts(
      path: path, found: found, parent: status, verdict: verdict(parent, trusting: owner, leafGroup: group))
  }

  /// Why a directory cannot be trusted; nil where it can, or does not exist.
  package static func verdict(_ directory: String, trusting: UInt32?, leafGroup: UInt32? = nil) -> UnsafePath? {
    do throws(UnsafePath) {
      _ = try SafePath.openDirectory(directory, trusting: trusting, leafGroup: leafGroup)
      return nil
    } catch { return error.reason == .missing ? nil : error }
  }

  private static func split(_ path: String) -> (parent: String, name: String) {
    let bytes = path.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let name = String(path[bytes.index(after: slash)...])
    return (slash == bytes.startIndex ? "/" : String(path[..<slash]), name)
  }
}
