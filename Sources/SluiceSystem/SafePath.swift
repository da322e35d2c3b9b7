internal import CLinux
internal import Glibc

/// Why a directory cannot be trusted: which component, who may change it, and what to do.
package struct UnsafePath: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Reason: Sendable, Equatable {
    case missing
    case symbolicLink
    case notDirectory
    case writableByOthers(mode: UInt32)
    case foreignOwner(uid: UInt32, mode: UInt32)
    case system(Errno)
  }
  package let component: String
  package let reason: Reason

  package init(component: String, reason: Reason) {
    self.component = component
    self.reason = reason
  }

  package var description: String {
    switch reason {
    case .missing: "\(component) does not exist; create it, or check the path"
    case .symbolicLink: "\(component) is a symbolic link; name the real directory instead"
    case .notDirectory: "\(component) is not a directory"
    case .writableByOthers(let mode):
      "\(component) (mode \(octal(mode))) can be changed by other users; run: chmod go-w \(component)"
    case .foreignOwner(let uid, let mode):
      "\(component) belongs to uid \(uid) (mode \(octal(mode))), who could replace what is in it;"
        + " move it to a directory of root's or your own"
    case .system(let error): "\(component): \(error)"
    }
  }

  private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}

/// Walks absolute paths one component at a time with held descriptors, so that what was checked is what is used.
package enum SafePath {
  /// Opens a directory that no other user could have swapped: every component on the way is a real directory, owned by
  /// root, by this process' user or by one that is trusted, and writable by nobody else unless it is sticky and root's
  /// (such as /tmp), where others can add names but not replace ours.
  /// - Parameters:
  ///   - creating: mode for components that are absent, or nil to refuse them.
  ///   - trusted: a user whose directories are as good as our own: the channel's.
  ///   - leafGroup: the group that may write to the last component.
  ///   - isForLookup: the last component is not to be read either, as Landlock and permissions may refuse.
  package static func openDirectory(
    _ path: String, creating: UInt32? = nil, trusting trusted: UInt32? = nil, leafGroup: UInt32? = nil,
    isForLookup: Bool = false
  ) throws(UnsafePath) -> Directory {
    var held = try root()
    var walked = ""
    let components = path.split(separator: "/")
    for (index, component) in components.enumerated() {
      walked += "/\(component)"
      let isLast = index == components.count - 1
      let trust = Trust(user: trusted, group: isLast ? leafGroup : nil, isRead: isLast && !isForLookup)
      let next = try step(held, String(component), walked, creating: creating, trust)
      held = next
    }
    return held
  }

  private struct Trust {
    let user: UInt32?
    let group: UInt32?
    /// Directories on the way are only searched; the last one is mostly read.
    let isRead: Bool
  }

  private static func root() throws(UnsafePath) -> Directory {
    do throws(Errno) { return try Directory.openForLookup("/") } catch {
      throw UnsafePath(component: "/", reason: .system(error))
    }
  }

  private static func step(
    _ parent: borrowing Directory, _ name: String, _ path: String, creating mode: UInt32?, _ trust: Trust
  ) throws(UnsafePath) -> Directory {
    guard name != "..", name != "." else { throw UnsafePath(component: path, reason: .notDirectory) }
    let child: Directory
    do throws(Errno) { child = try enter(parent, name, path, creating: mode, isRead: trust.isRead) } catch {
      switch error {
      case .noSuchFile: throw UnsafePath(component: path, reason: .missing)
      case .tooManyLinks, .notDirectory:
        var isLink = false
        if let found = try? parent.status(of: name) { isLink = found.kind == .symbolicLink }
        throw UnsafePath(component: path, reason: isLink ? .symbolicLink : .notDirectory)
      default: throw UnsafePath(component: path, reason: .system(error))
      }
    }
    try check(child, trust)
    return child
  }

  private static func enter(
    _ parent: borrowing Directory, _ name: String, _ path: String, creating mode: UInt32?, isRead: Bool
  ) throws(Errno) -> Directory {
    guard let mode, try parent.status(of: name) == nil else { return try open(parent, name, path, isRead) }
    do throws(Errno) { try parent.makeDirectory(name, mode: mode) } catch {
      if error == .exists { return try open(parent, name, path, isRead) }
      throw error
    }
    // Whatever the umask took away, before it can keep us out ourselves. The channel's user may have put something else
    // to the name meanwhile, whose mode is none of ours to set.
    let made = try parent.entry(name)
    let status = try made.status()
    if status.kind == .directory, status.uid == FileRights.user { try made.setMode(mode) }
    return try open(parent, name, path, isRead)
  }

  private static func open(
    _ parent: borrowing Directory, _ name: String, _ path: String, _ isRead: Bool
  ) throws(Errno) -> Directory {
    isRead ? try parent.directory(name, path: path) : try parent.directoryForLookup(name, path: path)
  }

  private static func check(_ directory: borrowing Directory, _ trust: Trust) throws(UnsafePath) {
    let path = directory.path
    let status: FileStatus
    do throws(Errno) { status = try directory.descriptor.status() } catch {
      throw UnsafePath(component: path, reason: .system(error))
    }
    let own = Process.effectiveUser
    guard status.uid == 0 || status.uid == own || status.uid == trust.user else {
      throw UnsafePath(component: path, reason: .foreignOwner(uid: status.uid, mode: status.mode))
    }
    let sticky = status.mode & 0o1000 != 0 && status.uid == 0
    let isGroups = status.mode & 0o002 == 0 && trust.group == status.gid
    guard status.mode & 0o022 == 0 || sticky || isGroups else {
      throw UnsafePath(component: path, reason: .writableByOthers(mode: status.mode))
    }
  }
}
