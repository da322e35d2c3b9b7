internal import SluiceReactor
internal import SluiceSystem

/// Letting go of claims whose messages have their ends.
extension FileDropReceiver {
  package func settle(_ id: String) {
    guard let dash = id.utf8.lastIndex(of: UInt8(ascii: "-")) else { return }
    let name = String(id[..<dash])
    guard claims[name]?.unsettled?.remove(id) != nil, claims[name]?.unsettled?.isEmpty == true else { return }
    sink?.completed(idPrefix: name)
    finishCompanions(of: name)
  }

  /// The last one first, so that after a kill the first one is still there, whose name is the message's id.
  func finishCompanions(of name: String) {
    while let last = companions[name]?.last, let claim = claims[last] {
      do throws(Errno) { try letGo(claim) } catch {
        sink?.noticed("cannot remove the finished claim \(last): \(error); trying again in a second")
        reactor.schedule(after: 1_000_000_000) { [weak self] in self?.finishCompanions(of: name) }
        return
      }
      companions[name]?.removeLast()
      remove(last)
    }
    companions[name] = nil
    finish(name, isFirst: true)
  }

  /// Lets go of a claim once its file is gone; while it cannot be unlinked its ids could come again.
  func finish(_ name: String, isFirst: Bool) {
    guard let claim = claims[name] else { return }
    if isFirst, claim.taken == nil { witness?.forget(claim.file, in: directories[claim.slot].claims) }
    do throws(Errno) {
      if isFirst, PlantedFault.keepsClaims.isPlanted { throw .io }
      try letGo(claim)
    } catch {
      if isFirst { sink?.noticed("cannot remove the finished claim \(name): \(error); trying again every second") }
      reactor.schedule(after: 1_000_000_000) { [weak self] in self?.finish(name, isFirst: false) }
      return
    }
    StopPoint.claimUnlinked.pass()
    remove(name)
  }

  func remove(_ name: String) {
    guard let claim = claims.removeValue(forKey: name) else { return }
    begun.remove(name)
    holdOn(to: claim)
    if let identity = claim.identity, standing[identity] == nil { lingering.forget(claim.slot, identity) }
    if !claim.isUncounted { claimer?.settledOne() }
    sink?.retired(idPrefix: name)
  }
}
