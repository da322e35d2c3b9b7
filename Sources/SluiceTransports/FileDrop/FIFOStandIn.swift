package import SluiceSystem

/// A FIFO of ours at a legacy path, where writers expect a file.
///
/// It is planted and taken away, and the path's other objects are claimed, under one lock: so the claimer takes whatever
/// replaces it, and never the FIFO itself.
package final class FIFOStandIn: Sendable {
  /// Which slot of the settings it stands at.
  let slot: Int
  private let name: String
  private let terms: FIFOTerms

  private struct Place {
    var directory: ClaimDirectory?
    var planted: FileStatus.Identity?
  }
  private let place = Lock(Place())
  private static let draft = "stand-in"

  package init(slot: Int, name: String, terms: FIFOTerms) {
    self.slot = slot
    self.name = name
    self.terms = terms
  }

  /// Learns where it stands, and takes on what an earlier relay left there.
  func stand(in directory: ClaimDirectory) throws(Errno) {
    let found = try directory.drop.status(of: name)
    let owner = terms.owner?.uid ?? Process.effectiveUser
    let isOurs = found.map { $0.kind == .fifo && $0.uid == owner && $0.mode == terms.mode } ?? false
    place.withLock {
      $0.directory = directory
      $0.planted = isOurs ? found?.identity : nil
    }
  }

  /// Puts it at its path, whole, with its mode and owner: EEXIST where something else stands there.
  package func plant() throws(Errno) {
    let failure: Errno? = place.withLock { place in
      do throws(Errno) {
        guard let directory = place.directory else { throw .noSuchFile }
        if let found = try directory.drop.status(of: name) {
          if found.kind == .fifo, found.identity == place.planted { return nil }
          throw .exists
        }
        try directory.drafts.unlinkIfPresent(Self.draft)
        try directory.drafts.makeFIFO(Self.draft, mode: 0o600)
        try directory.drafts.setMode(of: Self.draft, terms.mode)
        if let owner = terms.owner { try directory.drafts.setOwner(of: Self.draft, uid: owner.uid, gid: owner.gid) }
        place.planted = try directory.drafts.status(of: Self.draft)?.identity
        StopPoint.fifoDrafted.pass()
        try directory.drafts.claim(Self.draft, into: directory.drop, as: name)
        StopPoint.fifoPlanted.pass()
        return nil
      } catch { return error }
    }
    if let failure { throw failure }
  }

  /// Takes it away, and nothing else.
  package func uproot() {
    place.withLock { place in
      guard let directory = place.directory, let planted = place.planted,
        (try? directory.drop.status(of: name))??.identity == planted,
        (try? directory.drop.claim(name, into: directory.drafts, as: Self.draft)) != nil
      else { return }
      place.planted = nil
      if (try? directory.drafts.status(of: Self.draft))??.identity == planted {
        try? directory.drafts.unlink(Self.draft)
      } else {
        // A drop that came between the look and the rename.
        try? directory.drafts.claim(Self.draft, into: directory.drop, as: name)
      }
    }
  }

  /// Claims what stands at the path, unless it is the FIFO: false then.
  func claim(_ body: () throws(Errno) -> Void) throws(Errno) -> Bool {
    let result: Result<Bool, Errno> = place.withLock { place in
      do throws(Errno) {
        if let directory = place.directory, let planted = place.planted,
          try directory.drop.status(of: name)?.identity == planted
        {
          return .success(false)
        }
        try body()
        return .success(true)
      } catch { return .failure(error) }
    }
    return try result.get()
  }
}
