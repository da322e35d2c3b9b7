internal import SluiceSystem

/// The private directory on the drop directory's filesystem into which drops are claimed; one relay at a time has it.
package final class ClaimDirectory: Sendable {
  let drop: Directory
  let claims: Directory
  /// Things that are no files are moved aside here, never opened.
  let rejects: Directory
  /// Second names of files that are taken and still stand at their paths.
  let lingering: Directory
  /// Files that were taken from a slot at their opening, and what is copied from them.
  let gated: Directory
  /// Messages before they are moved back to the slot; named by their ids.
  let returns: Directory
  /// Replies before they are moved into place.
  let drafts: Directory
  private let lock: OwnedDescriptor

  /// - Parameter evading: told the usual path where somebody else has it, so that another one is taken.
  static func open(
    beside path: String, name: String, evading: (String) -> Void = { _ in }
  ) throws(TransportFailure) -> ClaimDirectory {
    do throws(Errno) {
      let place = try Directory.open(path)
      var own = try names(name, of: Process.effectiveUser, in: place)
      if own.isEmpty { own = [try freeName(name, in: place)] }
      if own[0] != name, try place.status(of: name) != nil { evading("\(path)/\(name)") }
      return try ClaimDirectory(place, own[0], others: Array(own.dropFirst()))
    } catch {
      switch error {
      case .busy: throw TransportFailure(.busy, "another relay holds \(path)/\(name); stop it first")
      case .protocolFault:
        throw TransportFailure(
          .unsafePath,
          "a claim directory of ours in \(path) is on another filesystem, or was replaced just now; see \(name) there")
      case .noSuchFile:
        throw TransportFailure(.failed, "the legacy directory \(path) does not exist")
      case .permissionDenied:
        throw TransportFailure(
          .failed,
          "uid \(Process.effectiveUser) may not write to the legacy directory \(path); run the relay as its owner"
            + " (\"user\" in the channel file), or let that user write there")
      default: throw TransportFailure(error, doing: "prepare the claim directory \(name) in", path: path)
      }
    }
  }

  private init(_ place: consuming Directory, _ name: String, others: [String]) throws(Errno) {
    drop = place
    do throws(Errno) { try drop.makeDirectory(name, mode: 0o700) } catch { if error != .exists { throw error } }
    let own: Directory
    do throws(Errno) { own = try drop.directory(name) } catch {
      throw error == .notDirectory || error == .tooManyLinks ? .protocolFault : error
    }
    let status = try own.descriptor.status()
    let device = try drop.descriptor.status().identity.device
    guard status.uid == Process.effectiveUser, status.mode & 0o077 == 0, status.identity.device == device else {
      throw Errno.protocolFault
    }
    // Also keeps systemd-tmpfiles from ageing it (tmpfiles.d(5): locked directories are left alone).
    lock = try own.descriptor.duplicate()
    guard try lock.tryLockExclusive() else { throw Errno.busy }
    claims = try Self.subdirectory("claims", of: own)
    returns = try Self.subdirectory("returns", of: own)
    try Self.merge(others, of: drop, into: claims, returns)
    rejects = try Self.subdirectory("rejects", of: own)
    lingering = try Self.subdirectory("lingering", of: own)
    gated = try Self.subdirectory("gated", of: own)
    drafts = try Self.subdirectory("replies", of: own)
    // A killed relay's: nobody has them, and their messages are settled.
    for name in try drafts.names() { try drafts.unlinkIfPresent(name) }
  }

  private static func subdirectory(_ name: String, of parent: borrowing Directory) throws(Errno) -> Directory {
    do throws(Errno) { try parent.makeDirectory(name, mode: 0o700) } catch { if error != .exists { throw error } }
    return try parent.directory(name)
  }

  /// Whether the path still leads to the directory that is held: an over-mount gives no event at all.
  func isStillReached(by path: String) -> Bool {
    do throws(Errno) {
      return try drop.descriptor.status().identity == Directory.open(path).descriptor.status().identity
    } catch {
      // It could not be looked at: that says nothing of where the path leads.
      return [.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory].contains(error)
    }
  }
}
