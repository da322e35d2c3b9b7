internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire
internal import SluiceChannel
internal import SluiceReactor

/// From the spool to the server, and the end of what is settled.
extension Relay {
  func deliver() {
    // What goes back is not sent; what the server keeps is sent where it says so.
    guard returning == nil else { return }
    var count = 0
    while link.isConnected, queue.underwayCount < Self.window, link.waiting <= 4 << 20, let id = queue.next() {
      do throws(Errno) {
        if let line = try spool.line(of: id, limit: channel.limits.message.bytes + 65536) {
          link.add(line)
          count += 1
          continue
        }
        log("the spool entry \(id) is too large; left alone")
      } catch { log("cannot read the spool entry \(id): \(error)") }
      queue.postpone(id)
    }
    guard count > 0 else { return }
    link.flush()
    for _ in 0..<count { StopPoint.sent.pass() }
  }

  func settled(_ id: String, reply: [UInt8]?) {
    guard queue.settled(id) else { return }
    guard let claim = queue.heldClaim(of: id) else { return conclude(id, reply: reply) }
    settledEarly[claim, default: []].append((id, reply))
    if let stood = standing.removeValue(forKey: id) { stood.drop.source.settle(id) }
  }

  /// Lets go of a settled message whose claim is gone.
  func conclude(_ id: String, reply: [UInt8]?) {
    if let reply { leaveReply(reply, to: id) }
    StopPoint.settled.pass()
    do throws(Errno) { try spool.remove(id) } catch {
      log("cannot remove the settled spool entry \(id): \(error)")
      queue.postpone(id)
      return
    }
    StopPoint.despooled.pass()
    if !doubtful.isEmpty { doubtful.remove(id) }
    spool.prepare()
    balance()
    record.write("settled", id: id)
    gone.append(id)
    if gone.count >= Self.window { report() } else if spool.count == 0 { reportSoon() }
    deliver()
  }

  /// Holds claiming back while the spool is full: the slot is the back-pressure that legacy writers know.
  func balance() {
    guard bound.update(entries: spool.count + unspooled.count, bytes: spool.byteCount) else { return }
    receiver?.pause(bound.isFull)
    ingress?.pause(bound.isFull)
    if bound.isFull {
      log("the spool is full (\(spool.count) messages, \(spool.byteCount) bytes); drops stay where they are meanwhile")
    }
  }

  /// Once for what ends within a moment: the server has to take each report.
  func reportSoon() {
    guard !isReportDue else { return }
    isReportDue = true
    reactor.schedule(after: Self.reportDelay) { [weak self] in self?.report() }
  }

  func report() {
    isReportDue = false
    let claimed = (receiver?.pendingCount ?? 0) - standing.count
    let pending = spool.count + claimed + unspooled.count + (ingress?.isIdle == false ? 1 : 0)
    let report = RelayWords.report(pending: pending, isHolding: isHolding, isReturning: returning != nil, gone: gone)
    guard link.isConnected, report != lastReport || !gone.isEmpty else { return }
    link.send(report)
    lastReport = report
    gone = []
  }
}
