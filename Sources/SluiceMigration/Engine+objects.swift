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
    let directory: Directory
    do throws(UnsafePath) {
      directory = try identity.directory(parent, creating: object.kind == .directory ? 0o755 : nil)
    } catch { throw MigrationFailure(.notPermitted, error.description) }
    let found: FileStatus?
    do throws(Errno) { found = try directory.status(of: name) } catch { throw Self.unusable(path, error) }
    if found != nil { return try adjust(object, in: directory, name, state) }
    do throws(UnsafePath) { return try place(object, in: directory, name, run, state) } catch {
      throw MigrationFailure(.notPermitted, error.description)
    }
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
        guard DraftName.isOurs(draft, layout, decoy: Self.decoy) else {
          throw StoreFailure(
            path: "\(parent)/\(draft.name)",
            doing: "settle it as a \(draft.kind) that a killed run was making for \(draft.path)",
            text: "no run makes that: somebody else wrote to \(layout.database); nothing was touched, see who did",
            code: 0)
        }
        if draft.kind == Self.decoy {
          do throws(Errno) {
            try LegacyRights.at(draft.path) { () throws(Errno) in
              try withdraw(draft, in: Directory.open(parent), name)
            }
          } catch {
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
    _ object: Manifest.Object, in directory: borrowing Directory, _ name: String, _ state: State
  ) throws(MigrationFailure) -> String {
    let path = object.place.path(layout)
    let entry: DirectoryEntry
    let found: FileStatus
    do throws(Errno) { entry = try directory.entry(name) } catch { throw Self.unusable(path, error) }
    do throws(Errno) { found = try entry.status() } catch { throw Self.unusable(path, error) }
    // Looked at anew: since the probe another object may have come to its name.
    if let reason = ObjectFitness.refusal(found, object.kind, user: identity.user) {
      throw MigrationFailure(.drift, "\(path) \(reason); \(ObjectFitness.choices)")
    }
    try stored { () throws(StoreFailure) in
      guard try !state.madeObject(path) else { return }
      try state.keepFound(FoundObject(path: path, mode: found.mode, uid: found.uid, gid: found.gid))
    }
    StopPoint.engineNoted.pass()
    do throws(Errno) {
      let gid = identity.group ?? found.gid
      if found.gid != gid { try entry.setOwner(uid: identity.user, gid: gid) }
      try entry.setMode(mode(object))
    } catch { throw Self.unusable(path, error) }
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
      do throws(Errno) { result = try take(object, from: Directory.open(parent), name, state) } catch {
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
    _ object: Manifest.Object, from directory: borrowing Directory, _ name: String, _ state: State
  ) throws(Errno) -> String {
    let deadline = Clock.monotonic + Self.patience
    while true {
      guard let found = try directory.status(of: name) else { return "gone" }
      let isLateFile = found.kind == .regular && found.uid == identity.user && object.kind == .fifo
      if isLateFile || found.kind == .regular && found.size > 0 && object.kind == .runFile {
        // A late writer's: the server takes it as it took the others.
        if collectLate(object, at: object.place.path(layout), state) { return "removed" }
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
      if object.kind == .directory, try directory.status(of: name) == nil {
        try directory.makeDirectory(name, mode: 0o700)
      }
      let entry = try directory.entry(name)
      let now = try entry.status()
      if ObjectFitness.refusal(now, object.kind, user: identity.user) != nil {
        result = "another object stands there now: it stays"
      } else if let reason = ObjectFitness.refusal(toRestore: found, object.kind, user: identity.user) {
        result =
          "\(Self.left)the state says that it was found with \(reason), which no run leaves or keeps: it stays as it is"
      } else {
        var text = ""
        if now.gid != found.gid {
          do throws(Errno) { try entry.setOwner(uid: identity.user, gid: found.gid) } catch {
            // Its owner may give it to groups of that user only (chown(2)).
            guard error == .notPermitted else { throw error }
            text = "; its group was \(found.gid), which uid \(identity.user) may not give it"
          }
        }
        try entry.setMode(found.mode)
        result = "mode 0\(String(found.mode, radix: 8)) again, as it was found\(text)"
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

  private static func unusable(_ path: String, _ error: Errno) -> MigrationFailure {
    MigrationFailure(.notPermitted, UnsafePath(component: path, reason: .system(error)).description)
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
