internal import SluiceChannel
internal import SluicePolicy
internal import SluiceSystem
internal import SluiceWire
internal import SluiceReactor

/// From a claimed file to its messages.
extension FileDropReceiver {
  /// Examines one claim: false when it has to be looked at again.
  func examine(_ name: String) -> Bool {
    guard let claim = claims[name] else { return true }
    guard !isPaused || begun.contains(name) else { return false }
    do throws(Errno) {
      let found = try ClaimInspection.inspect(
        claim.file, in: directories[claim.slot].claims, age: Clock.monotonic - claim.since,
        limit: settings.messageLimit,
        lingering: mayLinger ? { [unowned self] in ownNames(of: $0, slot: claim.slot) } : nil)
      StopPoint.claimInspected.pass()
      switch found {
      case nil: remove(name)
      case .notYet: return false
      case .empty(let status, let held):
        counted?(settings.slots[claim.slot], .empty)
        keepOpen(name, held)
        if try fresh(name, claim, [], status) != nil { finish(name, isFirst: true) }
      case .reject(let refusal, let isDirectory): reject(name, claim, refusal, isDirectory: isDirectory)
      case .bytes(let bytes, let status, let isProven, let held):
        if !mayLinger { keepOpen(name, held) }
        guard let bytes = try fresh(name, claim, bytes, status), let claim = claims[name] else { return true }
        handOn(name, claim, bytes, status, isProven)
        // Where it is not settled yet, that may take long.
        claims[name]?.held?.release()
      }
      return true
    } catch {
      sink?.noticed("cannot look at the claim \(name): \(error)")
      return false
    }
  }

  /// What is known of a whole file's writers, or why it must not be trusted.
  private func proof(_ name: String, _ claim: Claim, _ isProven: Bool) throws(Refusal) -> ClaimProof {
    if let isContended = claim.isContended {
      guard isContended else { return .gated }
      throw Refusal(
        .invalidRequest, "not a message",
        reason: "contended: a client kept the file open for too long, and others were let in beside it")
    }
    guard isProven else { return .quiet }
    guard !claim.isEarlier, let witness else { return .leased }
    let testimony = witness.testimony(of: claim.file, claimedAt: claim.since, in: directories[claim.slot].claims)
    // Who writes to a file that lingers from now on writes something else.
    if claim.taken != nil { witness.forget(claim.file, in: directories[claim.slot].claims) }
    switch testimony {
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
    var piece = Fragments.Fragment(
      claims: [name], slot: claim.slot, bytes: bytes, principal: principal, mode: status.mode,
      deadline: claim.since + Fragments.patience)
    do throws(Refusal) {
      guard !slot.isBadByDefinition else {
        throw Refusal(.notJSON, "malformed by definition", reason: "\(slot.name) is malformed by definition")
      }
      // A copy has been written by ourselves.
      if claim.isContended == nil {
        piece.program = witness?.program(of: claim.file, in: directories[claim.slot].claims)
      }
      piece.proof = try proof(name, claim, isProven)
      let messages = try messages(in: bytes)
      guard !messages.isEmpty else { return finish(name, isFirst: true) }
      // What came before it was no beginning of it.
      if let earlier = fragments.take(piece.key) { spoil(earlier, .unfinished) }
      deliver(piece, messages)
    } catch {
      if error.code != .notJSON || slot.isBadByDefinition || !join(piece) { spoil(piece, error) }
    }
  }

  private func messages(in bytes: [UInt8]) throws(Refusal) -> [DropText.Text] {
    let messages = try DropText.messages(in: bytes, reader: reader)
    guard messages.allSatisfy({ $0.bytes.count <= settings.messageLimit }) else {
      throw .tooLarge(limit: settings.messageLimit)
    }
    return messages
  }

  /// Tries a piece as the rest of what the same user began, or as a beginning: false where it is neither.
  private func join(_ piece: Fragments.Fragment) -> Bool {
    if let earlier = fragments.take(piece.key) {
      let joined = earlier.joined(with: piece)
      if let whole = try? messages(in: joined.bytes), whole.count == 1 {
        deliver(joined, whole)
        return true
      }
      if joined.bytes.count <= settings.messageLimit, JSONTexts.isBeginning(joined.bytes) {
        keepWaiting(joined)
        return true
      }
      spoil(earlier, .unfinished)
    }
    // Of one that a killed process had read already, the rest is known: nothing that comes now belongs to it.
    guard JSONTexts.isBeginning(piece.bytes), begun.isDisjoint(with: piece.claims) else { return false }
    keepWaiting(piece)
    return true
  }

  private func keepWaiting(_ piece: Fragments.Fragment) {
    fragments.keep(piece)
    reactor.schedule(after: max(1_000_000, piece.deadline - Clock.monotonic)) { [weak self] in
      guard let self else { return }
      for expired in self.fragments.takeExpired(at: Clock.monotonic) { self.spoil(expired, .unfinished) }
    }
  }

  /// Claims of one message: the first one's name is its id, the others go before it.
  private func begin(_ piece: Fragments.Fragment, _ count: Int) -> [String] {
    guard let name = piece.claims.first else { return [] }
    claimed?(name, settings.slots[piece.slot])
    let ids = (0..<count).map { "\(name)-\($0)" }
    claims[name]?.unsettled = Set(ids)
    if piece.claims.count > 1 { companions[name] = Array(piece.claims.dropFirst()) }
    return ids
  }

  private func deliver(_ piece: Fragments.Fragment, _ messages: [DropText.Text]) {
    let isWholeOriginal = messages.count == 1 && piece.claims.count == 1 && settings.linger == nil
    for (id, text) in zip(begin(piece, messages.count), messages) {
      var drop = drop(id, piece)
      drop.isWholeOriginal = isWholeOriginal
      drop.message = text.message
      unsafe sink?.dropped(text.bytes.span.bytes, drop)
    }
  }

  private func spoil(_ piece: Fragments.Fragment, _ refusal: Refusal) {
    guard let id = begin(piece, 1).first else { return }
    unsafe sink?.spoiled(piece.bytes.span.bytes, refusal, drop(id, piece))
  }

  private func drop(_ id: String, _ piece: Fragments.Fragment) -> Drop {
    var drop = Drop(id: id, route: .fileDrop, principal: piece.principal, proof: piece.proof, source: self)
    drop.path = settings.slots[piece.slot].path
    drop.mode = piece.mode
    drop.program = piece.program
    return drop
  }

  func reject(_ name: String, _ claim: Claim, _ refusal: Refusal, isDirectory: Bool) {
    claimed?(name, settings.slots[claim.slot])
    takeAway(claim)
    let directory = directories[claim.slot]
    do throws(Errno) {
      if isDirectory {
        do throws(Errno) { try directory.claims.removeDirectory(claim.file) } catch {
          try directory.claims.claim(claim.file, into: directory.rejects, as: name)
        }
      } else {
        try directory.claims.unlinkIfPresent(claim.file)
      }
    } catch { sink?.noticed("cannot put \(name) aside: \(error)") }
    tell(name, refusal)
  }

  /// What never became a claimed file, and is out of the way.
  func refuse(_ name: String, _ reason: String) {
    guard let claim = claims[name] else { return }
    claimed?(name, settings.slots[claim.slot])
    tell(name, Refusal(.invalidRequest, "not a message", reason: reason))
  }

  private func tell(_ name: String, _ refusal: Refusal) {
    claims[name]?.unsettled = ["\(name)-0"]
    var drop = Drop(id: "\(name)-0", route: .fileDrop, principal: .unknown, source: self)
    drop.path = claims[name].map { settings.slots[$0.slot].path }
    let none: [UInt8] = []
    unsafe sink?.spoiled(none.span.bytes, refusal, drop)
  }
}

extension Refusal {
  static func crowded(_ uid: UInt32) -> Refusal {
    Refusal(.tooMany, "not a message", reason: "too many unfinished drops of uid \(uid)")
  }
  fileprivate static var unfinished: Refusal {
    Refusal(.notJSON, "not a message", reason: "the beginning of a message whose rest never came")
  }
}
