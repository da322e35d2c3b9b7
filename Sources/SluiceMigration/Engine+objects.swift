internal import SluiceChannel
internal import SluiceStore
internal import SluiceSystem
internal import SluiceTransports

/// Making and removing what a manifest declares.
///
/// An object is made under a name of its own, noted with its inode, and only then moved into its place, where nothing may
/// stand: whenever the process is killed, what is found at the path is ours exactly where it is that inode, and comes
/// into sight whole, with its mode and owner.
extension Engine {
  func make(_ object: Manifest.Object, _ run: Int64, _ state: State) throws(MigrationFailure) -> String {
    let path = object.place.path(layout)
    let (parent, name) = Self.split(path)
    do throws(UnsafePath) {
      let directory = try identity.directory(parent, creating: object.kind == .directory ? 0o755 : nil)
      let found: FileStatus?
      do throws(Errno) { found = try directory.status(of: name) } catch {
        throw UnsafePath(component: path, reason: .system(error))
      }
      if let found { return try adjust(object, found, in: directory, name, state) }
      return try place(object, in: directory, name, run, state)
    } catch { throw MigrationFailure(.notPermitted, error.description) }
  }

  private func mode(_ object: Manifest.Object) -> UInt32 { identity.group == nil ? object.mode : object.groupMode }

  /// Who objects belong to, where that is not what the kernel gives them anyway.
  private var objectOwner: Owner? {
    identity.owner ?? identity.group.map { Owner(uid: identity.user, gid: $0) }
  }

  // MARK: New ones

  private func place(
    _ object: Manifest.Object, in directory: borrowing Directory, _ name: String, _ run: Int64, _ state: State
  ) throws(UnsafePath) -> String {
    let path = object.place.path(layout)
    let draft = ".\(name).\(Random.token(bytes: 8))"
    try note(path) { () throws(StoreFailure) in
      try state.beginDraft(path, kind: object.kind.rawValue, run: run, name: draft)
    }
    StopPoint.engineDraftNoted.pass()
    do throws(Errno) {
      try draw(object, in: directory, draft)
      StopPoint.engineDrafted.pass()
      guard let made = try directory.status(of: draft) else { throw Errno.noSuchFile }
      try noteErrno { () throws(StoreFailure) in try state.identifyDraft(path, made.identity.text) }
      StopPoint.engineIdentified.pass()
      try directory.claim(draft, into: directory, as: name)
    } catch {
      discard(draft, in: directory)
      try? state.forgetDraft(path)
      throw UnsafePath(component: path, reason: .system(error))
    }
    StopPoint.enginePlaced.pass()
    try note(path) { () throws(StoreFailure) in
      try state.placeDraft(Draft(path: path, kind: object.kind.rawValue, run: run, name: draft))
    }
    StopPoint.engineNoted.pass()
    return "made"
  }

  private func draw(_ object: Manifest.Object, in directory: borrowing Directory, _ draft: String) throws(Errno) {
    let mode = mode(object)
    switch object.kind {
    case .directory: try directory.makeDirectory(draft, mode: 0o700)
    case .lockFile, .runFile: _ = try directory.open(draft, .createNew(mode: 0o600))
    case .fifo: try directory.makeFIFO(draft, mode: 0o600)
    case .socket: throw Errno.invalid  // the server's own
    }
    if let owner = objectOwner { try directory.setOwner(of: draft, uid: owner.uid, gid: owner.gid) }
    try directory.setMode(of: draft, mode)
  }

  private func discard(_ name: String, in directory: borrowing Directory) {
    guard let found = (try? directory.status(of: name)) ?? nil else { return }
    if found.kind == .directory { try? directory.removeDirectory(name) } else { try? directory.unlink(name) }
  }

  /// What a killed run was making: it has its place by now and is ours, or its draft goes.
  func settleDrafts(_ state: State) throws(MigrationFailure) {
    do throws(StoreFailure) {
      for draft in try state.drafts() {
        let (parent, name) = Self.split(draft.path)
        if draft.kind == Self.decoy {
          do throws(Errno) { try withdraw(draft, in: Directory.open(parent), name) } catch {
            throw StoreFailure(
              path: "\(parent)/\(draft.name)", doing: "move the drop in it back to \(name)", text: "\(error)", code: 0)
          }
        } else if let directory = try? Directory.open(parent) {
          if let identity = draft.identity, ((try? directory.status(of: name)) ?? nil)?.identity.text == identity {
            try state.placeDraft(draft)
            continue
          }
          discard(draft.name, in: directory)
        }
        try state.forgetDraft(draft.path)
      }
    } catch { throw MigrationFailure(error) }
  }

  // MARK: Those that are there

  /// Gives an object of the channel's user the declared mode and group; how it was found is kept for the way back.
  private func adjust(
    _ object: Manifest.Object, _ found: FileStatus, in directory: borrowing Directory, _ name: String, _ state: State
  ) throws(UnsafePath) -> String {
    let path = object.place.path(layout)
    try note(path) { () throws(StoreFailure) in
      guard try !state.madeObject(path) else { return }
      try state.keepFound(FoundObject(path: path, mode: found.mode, uid: found.uid, gid: found.gid))
    }
    StopPoint.engineNoted.pass()
    do throws(Errno) {
      let gid = identity.group ?? found.gid
      if found.uid != identity.user || found.gid != gid {
        try directory.setOwner(of: name, uid: identity.user, gid: gid)
      }
      try directory.setMode(of: name, mode(object))
    } catch { throw UnsafePath(component: path, reason: .system(error)) }
    return "mode and group set (mode was 0\(String(found.mode, radix: 8)))"
  }

  // MARK: Away with them

  /// Takes back what `make` did in this run; what an earlier one did stays.
  func unmake(_ object: Manifest.Object, _ run: Int64, _ state: State) throws(MigrationFailure) {
    let path = object.place.path(layout)
    do throws(StoreFailure) {
      let isRestorable = try state.foundObject(path) != nil
      guard try state.maker(of: path) == run || isRestorable else { return }
    } catch { throw MigrationFailure(error) }
    _ = try remove(object, state)
  }

  func remove(_ object: Manifest.Object, _ state: State) throws(MigrationFailure) -> String {
    let path = object.place.path(layout)
    let (parent, name) = Self.split(path)
    do throws(StoreFailure) {
      if let found = try state.foundObject(path) { return try restore(found, object, parent, name, state) }
      guard try state.madeObject(path) else { return "not ours: left" }
      let result: String
      do throws(Errno) { result = try take(object, from: Directory.open(parent), name) } catch {
        guard error == .noSuchFile else {
          throw StoreFailure(path: path, doing: "remove it", text: "\(error)", code: 0)
        }
        result = "gone"
      }
      StopPoint.engineRemoved.pass()
      if !result.hasPrefix(Self.left) { try state.forgetObject(path) }
      StopPoint.engineNoted.pass()
      return result
    } catch { throw MigrationFailure(error) }
  }

  /// What a result begins with where an object was ours and stays for what is in it.
  static let left = "left: "
  /// How long what is being worked off in a directory or a file may take to go, in nanoseconds.
  private static let patience: Int64 = 2_000_000_000

  private func take(
    _ object: Manifest.Object, from directory: borrowing Directory, _ name: String
  ) throws(Errno) -> String {
    let deadline = Clock.monotonic + Self.patience
    while true {
      guard let found = try directory.status(of: name) else { return "gone" }
      let isLateFile = found.kind == .regular && found.uid == identity.user && object.kind == .fifo
      if isLateFile || found.kind == .regular && found.size > 0 && object.kind == .runFile {
        // A late writer's: the server takes it as it took the others.
        if collectLate(object, at: object.place.path(layout)) { return "removed" }
        return Self.left + "it holds a message that came after the transport was closed"
      }
      guard found.kind.rawValue == object.kind.found, found.uid == identity.user else {
        return "a \(found.kind.rawValue) of uid \(found.uid) stands there now, which is not ours: it stays"
      }
      let isWaiting = Clock.monotonic < deadline
      if found.kind == .directory {
        do throws(Errno) {
          try directory.removeDirectory(name)
          return "removed"
        } catch {
          // ENOTEMPTY (39): somebody keeps things in it.
          guard error.rawValue == 39 else { throw error }
          if !isWaiting { return Self.left + "it is not empty" }
        }
      } else if found.kind == .fifo {
        return try takePipe(from: directory, name)
      } else {
        try directory.unlink(name)
        return "removed"
      }
      Wait.pause(nanoseconds: 10_000_000)
    }
  }

  private func restore(
    _ found: FoundObject, _ object: Manifest.Object, _ parent: String, _ name: String, _ state: State
  ) throws(StoreFailure) -> String {
    var result = "gone"
    do throws(Errno) {
      let directory = try Directory.open(parent)
      // The server takes an empty directory for its own.
      let isGone = try directory.status(of: name) == nil
      if isGone, object.kind == .directory {
        try directory.makeDirectory(name, mode: 0o700)
      }
      if let now = try directory.status(of: name) {
        if now.kind.rawValue == object.kind.found, now.uid == identity.user {
          if (now.uid, now.gid) != (found.uid, found.gid) {
            try directory.setOwner(of: name, uid: found.uid, gid: found.gid)
          }
          try directory.setMode(of: name, found.mode)
          result = "mode 0\(String(found.mode, radix: 8)) again, as it was found"
        } else {
          result = "another object stands there now: it stays"
        }
      }
    } catch {
      guard error == .noSuchFile else {
        throw StoreFailure(path: found.path, doing: "give it its mode again", text: "\(error)", code: 0)
      }
    }
    try state.forgetFound(found.path)
    StopPoint.engineNoted.pass()
    return result
  }

  // MARK: Notes

  private func note(_ path: String, _ body: () throws(StoreFailure) -> Void) throws(UnsafePath) {
    do throws(StoreFailure) { try body() } catch { throw UnsafePath(component: path, reason: .system(.io)) }
  }
  private func noteErrno(_ body: () throws(StoreFailure) -> Void) throws(Errno) {
    do throws(StoreFailure) { try body() } catch { throw Errno.io }
  }

  static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("/", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}

extension Manifest.Object.Kind {
  /// What looking at the path finds, in the words of `FileStatus.Kind`.
  var found: String {
    switch self {
    case .directory: "directory"
    case .lockFile, .runFile: "regular file"
    case .fifo: "FIFO"
    case .socket: "socket"
    }
  }
}

extension FileStatus.Identity {
  fileprivate var text: String { "\(device):\(inode)" }
}
