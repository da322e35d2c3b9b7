package import SluiceSystem

/// What stands at a retired path, so that whoever still writes there gets an error instead of silence.
///
/// An immutable file refuses `>`, `>>`, cp(1) and mv(1) to everybody, root included. It needs CAP_LINUX_IMMUTABLE and a
/// filesystem that knows the flag. Elsewhere a socket's node stands in: it refuses all but a move by its owner, by the
/// directory's owner or by root.
package struct Seal: Sendable {
  package enum Kind: String, Sendable {
    case immutable = "immutable file"
    case socket = "socket node"
  }
  package enum Standing: Equatable, Sendable {
    case absent
    case standing(Kind)
    /// Ours, and writable still: its making was cut off.
    case partial
    /// A file that nobody has taken.
    case drop
    case foreign(String)
  }

  package let path: String
  /// A line that tells whoever looks.
  private let text: String
  /// How that line begins.
  package static let mark = "sealed by sluice"

  package init(path: String, channel: String, socket: String) {
    self.path = path
    text = "\(Self.mark): channel \(channel) takes messages at \(socket); see: sluice status --channel \(channel)\n"
  }

  /// That line without its end.
  package var line: String { String(text.dropLast()) }

  private var place: (parent: String, name: String) { Engine.split(path) }
  private var draft: String { ".\(place.name).sluice-seal" }

  // MARK: Looking

  /// - Parameter isOurs: a run of ours has sealed it; a socket's node does not say so itself.
  package func look(isOurs: Bool) -> Standing {
    do throws(Errno) {
      return try LegacyRights.at(path) { () throws(Errno) in
        try look(in: Directory.open(place.parent), place.name, isOurs: isOurs)
      }
    } catch {
      return error == .noSuchFile ? .absent : .foreign("cannot be looked at: \(error)")
    }
  }

  private func look(in directory: borrowing Directory, _ name: String, isOurs: Bool) throws(Errno) -> Standing {
    guard let status = try directory.status(of: name) else { return .absent }
    switch status.kind {
    case .socket: return isOurs ? .standing(.socket) : .foreign("a socket that sluice did not make")
    case .regular:
      let file: OwnedDescriptor
      do throws(Errno) { file = try directory.open(name, .readUntrusted) } catch {
        return error == .permissionDenied ? .drop : .foreign("cannot be opened: \(error)")
      }
      let isImmutable = (try? file.isImmutable()) ?? false
      let begin = (try? file.contents(limit: 4096)) ?? nil
      guard begin?.starts(with: Self.mark.utf8) == true else {
        return isImmutable ? .foreign("an immutable file that sluice did not make") : .drop
      }
      if isImmutable { return .standing(.immutable) }
      return isOurs || status.uid == FileRights.user ? .partial : .drop
    default: return .foreign("a \(status.kind.rawValue)")
    }
  }

  // MARK: Placing

  /// Puts it there, or completes it; EEXIST where something else is at the path.
  package func put() throws(Errno) -> Kind { try LegacyRights.at(path) { () throws(Errno) in try placed() } }

  private func placed() throws(Errno) -> Kind {
    let directory = try Directory.open(place.parent)
    if try look(in: directory, place.name, isOurs: false) == .partial { try lift(in: directory) }
    try? discard(draft, in: directory)
    let file = try directory.open(draft, .createNew(mode: 0o444))
    do throws(Errno) {
      try file.setMode(0o444)
      try file.writeAll(Array(text.utf8))
      try file.synchronize()
      // An immutable file cannot be renamed: whether it could be one is tried before.
      guard Self.mayFix(file) else {
        try directory.unlink(draft)
        try directory.makeSocketNode(place.name, mode: 0)
        try directory.synchronize()
        return .socket
      }
      let parent = try Directory.open(place.parent)
      try directory.claim(draft, into: parent, as: place.name)
      StopPoint.sealPlaced.pass()
      try Self.fix(file, true)
      let found = try directory.status(of: place.name)
      // Between its two steps root may have written to it, or moved something over it.
      guard try found?.identity == file.status().identity, try file.status().size == UInt64(text.utf8.count) else {
        try Self.fix(file, false)
        throw Errno.exists
      }
      try directory.synchronize()
      return .immutable
    } catch {
      try? directory.unlink(draft)
      throw error
    }
  }

  /// On a file that was opened with the rights due there: the flag itself is root's to set.
  private static func fix(_ file: borrowing OwnedDescriptor, _ isFixed: Bool) throws(Errno) {
    try FileRights.asRoot { () throws(Errno) in try file.setImmutable(isFixed) }
  }

  private static func mayFix(_ file: borrowing OwnedDescriptor) -> Bool {
    do throws(Errno) {
      try Self.fix(file, true)
      let isSet = try file.isImmutable()
      try Self.fix(file, false)
      return isSet
    } catch { return false }
  }

  /// Takes it away; what is not ours is left.
  package func lift(isOurs: Bool) throws(Errno) {
    try LegacyRights.at(path) { () throws(Errno) in try lifted(isOurs: isOurs) }
  }

  private func lifted(isOurs: Bool) throws(Errno) {
    let directory = try Directory.open(place.parent)
    try? discard(draft, in: directory)
    switch try look(in: directory, place.name, isOurs: isOurs) {
    case .standing, .partial: try lift(in: directory)
    case .absent, .drop, .foreign: break
    }
  }

  private func lift(in directory: borrowing Directory) throws(Errno) {
    try discard(place.name, in: directory)
    try directory.synchronize()
  }

  private func discard(_ name: String, in directory: borrowing Directory) throws(Errno) {
    guard let status = try directory.status(of: name) else { return }
    if status.kind == .regular, let file = try? directory.open(name, .readUntrusted), (try? file.isImmutable()) == true
    {
      // Nobody else's immutable file, whatever came to the name.
      guard (try file.contents(limit: 4096))?.starts(with: Self.mark.utf8) == true else { throw Errno.notPermitted }
      try Self.fix(file, false)
    }
    try directory.unlink(name)
  }
}
