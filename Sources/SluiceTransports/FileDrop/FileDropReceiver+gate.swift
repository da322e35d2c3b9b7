internal import SluiceReactor
internal import SluiceSystem

/// What the claiming threads report, and what was at the gate.
extension FileDropReceiver {
  func connect(_ reports: Mailbox<DropClaimer.Report>) throws(Errno) {
    var registration: Reactor.Registration?
    registration = try reports.attach(to: reactor) { [weak self, reactor] report in
      self?.take(report)
      if case .ended = report, let registration { reactor.remove(registration) }
    }
  }

  /// What was at the gate when an earlier process ended is claimed as it is: its openers were let in by that end.
  func findGated() throws(Errno) {
    var seen: Set<String> = []
    for (index, slot) in settings.slots.enumerated() where seen.insert(slot.directory).inserted {
      let directory = directories[index]
      for name in try directory.drafts.names() { try directory.drafts.unlinkIfPresent(name) }
      for name in try directory.gated.names() {
        guard let prefix = name.first, ClaimName.time(of: name, prefix: prefix) != nil else { continue }
        var last: UInt64 = 0
        var target = name
        if try directory.claims.status(of: name) != nil {
          // Copied and, it may be, not emptied yet.
          let limit = settings.messageLimit + 4
          let gated = try directory.gated.open(name, .readUntrusted)
          if try gated.beginning(upTo: limit) == directory.claims.open(name, .readUntrusted).beginning(upTo: limit) {
            try gated.empty()
          }
          target = ClaimName.next(prefix: prefix, after: &last)
        }
        try directory.gated.claim(name, into: directory.claims, as: target)
      }
    }
  }
}
