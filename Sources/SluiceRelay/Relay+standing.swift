internal import SluiceChannel
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports

/// Messages that are sent straight from their claims, without a copy in the spool.
///
/// A claim that is one whole message is as durable as its copy would be, and bears the same id: it is sent at once and
/// stays in the claim directory until the server has settled it. Most are settled within the moment, and the copy is never
/// made. Where that takes longer, or anything is out of the ordinary, the copy is made as for any other claim.
extension Relay {
  /// Nanoseconds for which a claim stands for its message; up to twice as long.
  private static let standing: Int64 = 500_000_000
  /// To make copies because the server is busy would keep it busy: making a file takes longer than all else.
  private static let mostStanding = 4096
  private static let mostStandingBytes = 8 << 20
  /// Where a copy cannot be made: until the next attempt.
  private static let retry: Int64 = 1_000_000_000

  /// One that waits for its settlement with its claim alone.
  struct Standing {
    let drop: Drop
    /// It stood at the last look already.
    var isAged = false
  }

  /// - Returns: false where it has to be spooled.
  func sendStanding(_ drop: Drop, _ line: [UInt8]) -> Bool {
    guard drop.isWholeOriginal, let claim = MessageOrder(drop.id)?.claim, mayStand, spool.stand(drop.id, line) else {
      return false
    }
    standing[drop.id] = Standing(drop: drop)
    queue.add(drop.id)
    queue.completed(claim)
    deliver()
    lookAtStanding()
    return true
  }

  /// Where the server is about to take it.
  private var mayStand: Bool {
    link.isConnected && returning == nil && !isHolding && !channel.relay.isDurable && !bound.isFull
      && standing.count < Self.mostStanding && spool.unwrittenBytes < Self.mostStandingBytes
      && !PlantedFault.spoolsAtOnce.isPlanted
  }

  private func lookAtStanding(after delay: Int64 = Relay.standing) {
    guard !isStandingDue else { return }
    isStandingDue = true
    reactor.schedule(after: delay) { [weak self] in
      guard let self else { return }
      self.isStandingDue = false
      let isDone = self.spoolStanding { $0.isAged }
      for id in self.standing.keys { self.standing[id]?.isAged = true }
      if !self.standing.isEmpty { self.lookAtStanding(after: isDone ? Self.standing : Self.retry) }
    }
  }

  /// Makes copies of those, oldest first, and lets their claims go.
  /// - Returns: false where one could not be made: its claim goes on standing for it.
  @discardableResult
  func spoolStanding(where isWanted: (Standing) -> Bool = { _ in true }) -> Bool {
    for id in MessageOrder.sorted(standing.filter { isWanted($0.value) }.keys) {
      guard let drop = standing[id]?.drop else { continue }
      do throws(Errno) { try spool.writeOut(id) } catch {
        log("cannot spool \(id): \(error); the claim stays and is tried again")
        return false
      }
      StopPoint.spooled.pass()
      standing[id] = nil
      drop.source.settle(id)
    }
    return true
  }

  /// Ids of claims that are not in the spool, and that this process or an earlier one may have sent.
  var unspooledIDs: [String] { unspooled.map(\.0.id) + (receiver?.unreadClaims ?? []).map(Self.soleID) }

  /// A claim's message, where it has only one.
  static func soleID(_ claim: String) -> String { "\(claim)-0" }
}
