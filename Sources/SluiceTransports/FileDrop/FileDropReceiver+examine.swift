internal import SluiceChannel
internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire

/// From a claimed file to its messages.
extension FileDropReceiver {
  /// Examines one claim: false when it has to be looked at again.
  func examine(_ name: String) -> Bool {
    guard let claim = claims[name] else { return true }
    guard !isPaused || begun.contains(name) else { return false }
    do throws(Errno) {
      let found = try ClaimInspection.inspect(
        name, in: directories[claim.slot].claims, age: Clock.monotonic - claim.since, limit: settings.messageLimit)
      StopPoint.claimInspected.pass()
      switch found {
      case nil: remove(name)
      case .notYet: return false
      case .empty: finish(name, isFirst: true)
      case .reject(let refusal, let isDirectory): reject(name, claim, refusal, isDirectory: isDirectory)
      case .bytes(let bytes, let status, let isProven): handOn(name, claim, bytes, status, isProven)
      }
      return true
    } catch {
      sink?.noticed("cannot look at the claim \(name): \(error)")
      return false
    }
  }

  /// What is known of a whole file's writers, or why it must not be trusted.
  private func proof(_ name: String, _ claim: Claim, _ isProven: Bool) throws(Refusal) -> ClaimProof {
    guard isProven else { return .quiet }
    guard !claim.isEarlier, let witness else { return .leased }
    switch witness.testimony(of: name, claimedAt: claim.since, in: directories[claim.slot].claims) {
    case .single: return .witnessed
    case .unknown: return .leased
    case .contended(let processes):
      let list = processes.map(String.init).joined(separator: ", ")
      throw Refusal(.invalidRequest, "not a message", reason: "contended: processes \(list) wrote it at once")
    }
  }

  private func handOn(_ name: String, _ claim: Claim, _ bytes: [UInt8], _ status: FileStatus, _ isProven: Bool) {
    let slot = settings.slots[claim.slot]
    let principal = Principal(
      attestation: .fileOwner, uid: status.uid, gid: status.gid, isShared: status.isWritableByOthers)
    var messages: [[UInt8]] = []
    var refusal: Refusal?
    var proof: ClaimProof?
    do throws(Refusal) { proof = try self.proof(name, claim, isProven) } catch { refusal = error }
    if refusal != nil {
      // Whole, and unread: nothing in it can be trusted to be one client's.
    } else if slot.isBadByDefinition {
      refusal = Refusal(.notJSON, "malformed by definition", reason: "\(slot.name) is malformed by definition")
    } else {
      do throws(Refusal) { messages = try DropText.messages(in: bytes, reader: reader) } catch { refusal = error }
      if messages.contains(where: { $0.count > settings.messageLimit }) {
        refusal = .tooLarge(limit: settings.messageLimit)
      }
    }
    if refusal == nil, messages.isEmpty { return finish(name, isFirst: true) }
    claimed?(name, slot)
    let ids = refusal == nil ? messages.indices.map { "\(name)-\($0)" } : ["\(name)-0"]
    claims[name]?.unsettled = Set(ids)
    if let refusal {
      let drop = Drop(id: ids[0], route: .fileDrop, principal: principal, proof: proof, source: self)
      unsafe sink?.spoiled(bytes.span.bytes, refusal, drop)
      return
    }
    for (id, message) in zip(ids, messages) {
      let drop = Drop(id: id, route: .fileDrop, principal: principal, proof: proof, source: self)
      unsafe sink?.dropped(message.span.bytes, drop)
    }
  }

  private func reject(_ name: String, _ claim: Claim, _ refusal: Refusal, isDirectory: Bool) {
    claimed?(name, settings.slots[claim.slot])
    let directory = directories[claim.slot]
    do throws(Errno) {
      if isDirectory {
        do throws(Errno) { try directory.claims.removeDirectory(name) } catch {
          try directory.claims.claim(name, into: directory.rejects, as: name)
        }
      } else {
        try directory.claims.unlinkIfPresent(name)
      }
    } catch { sink?.noticed("cannot put \(name) aside: \(error)") }
    claims[name]?.unsettled = ["\(name)-0"]
    let drop = Drop(id: "\(name)-0", route: .fileDrop, principal: .unknown, source: self)
    let none: [UInt8] = []
    unsafe sink?.spoiled(none.span.bytes, refusal, drop)
  }
}
