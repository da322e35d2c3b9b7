internal import CLinux
private import Synchronization

/// A named place at which a crash test ends the process as kill -9 does. Release builds have none.
///
/// `SLUICE_STOP=relay.spooled:3` ends it when that point is passed for the third time, `SLUICE_STOP=*:40` at the
/// fortieth point, whichever it is. With `SLUICE_STOP_BY=STOP` it is stopped there as by SIGSTOP, and goes on at SIGCONT.
package enum StopPoint: String, Sendable, CaseIterable {
  // The relay, in the order in which a message passes them.
  case dropClaimed = "relay.claimed"
  case claimInspected = "relay.inspected"
  case spooled = "relay.spooled"
  /// The three of a drop that lingers.
  case claimFixed = "relay.fixed"
  case lingers = "relay.lingers"
  case lingerEnded = "relay.linger-ended"
  /// The two of a FIFO that stands in for drops.
  case fifoDrafted = "relay.fifo-drafted"
  case fifoPlanted = "relay.fifo-planted"
  /// The two of a gated drop.
  case gateCopied = "relay.gate-copied"
  case gateEmptied = "relay.gate-emptied"
  case claimUnlinked = "relay.unlinked"
  /// What was written to a claim after that is a claim of its own.
  case lateCopied = "relay.late-copied"
  case sent = "relay.sent"
  case settled = "relay.settled"
  case despooled = "relay.despooled"
  /// Of a message on its way back to the legacy path: turned round, drafted, and about to lie there.
  case returning = "relay.returning"
  /// It lies there, and nothing says so yet.
  case returned = "relay.returned"
  case relayQuarantined = "relay.quarantined"
  case greeted = "relay.greeted"
  case relayRecovered = "relay.recovered"
  /// A file is written beside its name and not renamed into place yet: both processes.
  case fileDrafted = "file.drafted"
  // A log that goes on in a new file: both processes.
  case logDrafted = "log.drafted"
  case logMoved = "log.moved"
  case logRotated = "log.rotated"
  case logDropping = "log.dropping"
  // The server.
  case received = "server.received"
  case intended = "server.intended"
  case handlerStarted = "server.started"
  case answered = "server.answered"
  case recorded = "server.recorded"
  case committing = "server.committing"
  case committed = "server.committed"
  case serverQuarantined = "server.quarantined"
  case forgotten = "server.forgotten"
  case lineClaimed = "server.line-claimed"
  case lineRetired = "server.line-retired"
  case spliced = "server.spliced"
  /// The three of a line that goes on in the next journal.
  case journalDrafted = "line.drafted"
  case journalCut = "line.cut"
  case journalCarried = "line.carried"
  case serverRecovered = "server.recovered"
  // A server that takes over: ready to begin, and with the word that it may.
  case handoverPrepared = "server.handover-prepared"
  case handoverBegun = "server.handover-begun"

  // The migration engine, after each thing that it writes down or does.
  case engineBegun = "engine.begun"
  case engineIntended = "engine.intended"
  /// The four of an object that is made beside its path first.
  case engineDraftNoted = "engine.draft-noted"
  case engineDrafted = "engine.drafted"
  case engineIdentified = "engine.identified"
  case enginePlaced = "engine.placed"
  case engineRemoved = "engine.removed"
  case engineNoted = "engine.noted"
  /// The phase has moved in the database, and the server does not know yet.
  case engineMoved = "engine.moved"
  case engineActed = "engine.acted"
  case engineObserved = "engine.observed"
  case engineEnded = "engine.ended"
  case engineUndoBegun = "engine.undo-begun"
  case engineUndone = "engine.undone"
  case engineUndoEnded = "engine.undo-ended"
  // An apply on trial.
  case engineTrialBegun = "engine.trial-begun"
  case engineTrialSettled = "engine.trial-settled"
  // Retiring: the relay holds back, the seal is there and not fixed yet, is fixed, was tried; the certificate is there;
  // a route is to be closed.
  case sealing = "retire.sealing"
  case sealPlaced = "retire.placed"
  case sealed = "retire.sealed"
  case sealTried = "retire.tried"
  case certified = "retire.certified"
  case routeGivenUp = "retire.given-up"

  /// Whether this build has them.
  package static var isCompiledIn: Bool {
    #if SLUICE_STOP_POINTS
      true
    #else
      false
    #endif
  }

  #if SLUICE_STOP_POINTS
    private static let wanted: (name: String, count: Int)? = {
      guard let text = Process.environment("SLUICE_STOP"), let colon = text.lastIndex(of: ":"),
        let count = Int(text[text.index(after: colon)...])
      else { return nil }
      return (String(text[..<colon]), count)
    }()
    private static let isPaused = Process.environment("SLUICE_STOP_BY") == "STOP"
    private static let passes = Atomic<Int>(0)
  #endif

  @inline(__always)
  package func pass() {
    #if SLUICE_STOP_POINTS
      guard let wanted = Self.wanted, wanted.name == "*" || wanted.name == rawValue else { return }
      if Self.passes.add(1, ordering: .relaxed).newValue == wanted.count { _ = sl_stop_self(Self.isPaused ? 1 : 0) }
    #endif
  }
}
