internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire

/// What a claimed file turned out to be.
enum ClaimInspection {
  /// A writer has it open still, or it has a second name for a moment: look again later.
  case notYet(String)
  /// Never opened, or never read: removed or moved aside.
  case reject(Refusal, isDirectory: Bool)
  case empty(FileStatus, HeldClaim)
  /// Whole bytes. `isProven` says that the kernel showed that nobody could write any more; then the lease stands still.
  case bytes([UInt8], status: FileStatus, isProven: Bool, HeldClaim)

  /// Nanoseconds for which an empty file may yet be written to, although nobody has it open: a file can be seen, and
  /// moved, before the open(2) that made it counts as a writer, and whoever is preempted there has not begun.
  static let emptyPatience: Int64 = 1_000_000_000

  /// A message of exactly the limit may end its line, as `echo` does.
  private static let lineEnd = 2

  /// Looks at a claim through a descriptor that follows nothing and waits for nobody.
  ///
  /// A read lease is granted only while no descriptor or mapping can write the inode; it is taken before the copy and
  /// must still stand after it. Where leases are not to be had the file must have been quiet for a while instead, and
  /// the result says that completeness is not proven.
  /// - Parameters:
  ///   - age: nanoseconds since the claim.
  ///   - limit: most bytes of a message: a larger file is not read.
  ///   - lingering: it keeps its name at the path: how many names it may have, asked where it has more than one.
  static func inspect(
    _ name: String, in claims: borrowing Directory, age: Int64, limit: Int,
    lingering links: ((FileStatus) -> UInt64)? = nil
  ) throws(Errno) -> ClaimInspection? {
    guard let found = try claims.status(of: name) else { return nil }
    switch found.kind {
    case .regular: break
    case .directory: return reject("a directory stood at the path", isDirectory: true)
    default: return reject("a \(found.kind.rawValue) stood at the path")
    }
    do throws(Errno) { return try examine(claims.open(name, .readUntrusted), found, age, limit, links) } catch {
      // EAGAIN: the owner holds a write lease on it; it ends after 45 s at most (fcntl(2), lease-break-time).
      if error == .wouldBlock { return .notYet("its owner holds a lease on it") }
      // A file of our own user's that its umask made unreadable: the name is ours by now, and so is its mode.
      if error == .permissionDenied, found.uid == Process.effectiveUser, found.links == 1 {
        try claims.setMode(of: name, found.mode | 0o400)
        return try examine(claims.open(name, .readUntrusted), found, age, limit, links)
      }
      if error == .permissionDenied { return reject("not readable: \(error)") }
      throw error
    }
  }

  private static func examine(
    _ file: consuming OwnedDescriptor, _ found: FileStatus, _ age: Int64, _ limit: Int,
    _ links: ((FileStatus) -> UInt64)?
  ) throws(Errno) -> ClaimInspection {
    let status = try file.status()
    guard status.kind == .regular, status.identity == found.identity else { return .notYet("it was swapped") }
    guard status.links == 1 || status.links == links?(status) else {
      // `ln src slot; rm src` is a legitimate way to drop; a name that stays may be a link to somebody's secret.
      return age < 500_000_000 ? .notYet("it has a second name") : reject("it has a second name")
    }
    guard status.size <= UInt64(limit + lineEnd) else { return .reject(.tooLarge(limit: limit), isDirectory: false) }
    if PlantedFault.readsWithoutLease.isPlanted { return try read(file, status, age, limit, isProven: false) }
    switch file.takeReadLease() {
    case .writerPresent: return .notYet("a writer has it open")
    case .granted:
      // The lease ends with the descriptor. While the file can be written to again, a later write
      // must be seen by its time: one within the same tick is not.
      if links != nil, status.links > 1, status.changed >= Clock.fileTime, age < 1_000_000_000 {
        return .notYet("it changed within this tick of the clock")
      }
      return try read(file, status, age, limit, isProven: true)
    case .unavailable:
      // By the time of change, which no writer can set; one in the future means that the clock was put back.
      let quiet = Clock.realtime - status.changed
      guard quiet < 0 ? age >= 1_000_000_000 : quiet >= 200_000_000 && age >= 200_000_000 else {
        return .notYet("it was written a moment ago")
      }
      return try read(file, status, age, limit, isProven: false)
    }
  }

  private static func read(
    _ file: consuming OwnedDescriptor, _ status: FileStatus, _ age: Int64, _ limit: Int, isProven: Bool
  ) throws(Errno) -> ClaimInspection {
    guard let bytes = try file.contents(limit: limit + lineEnd, expecting: Int(status.size)) else {
      return .reject(.tooLarge(limit: limit), isDirectory: false)
    }
    // Who opens it to write, or truncates it by its name, breaks the lease first.
    let isUnchanged =
      try isProven ? file.holdsReadLease() && status.size == UInt64(bytes.count) : file.isAs(status, bytes)
    guard isUnchanged else { return .notYet("a writer came back") }
    guard !bytes.isEmpty || age >= emptyPatience else { return .notYet("nothing is in it yet") }
    let held = HeldClaim(file, bytes, status, isLeased: isProven)
    return bytes.isEmpty ? .empty(status, held) : .bytes(bytes, status: status, isProven: isProven, held)
  }

  private static func reject(_ reason: String, isDirectory: Bool = false) -> ClaimInspection {
    .reject(Refusal(.invalidRequest, "not a message", reason: reason), isDirectory: isDirectory)
  }
}

extension OwnedDescriptor {
  /// Whether the file is what it was, and that is what was read.
  fileprivate borrowing func isAs(_ status: FileStatus, _ bytes: [UInt8]) throws(Errno) -> Bool {
    let after = try self.status()
    return after.size == UInt64(bytes.count) && after.modified == status.modified
  }
}
