package import SluiceChannel

/// One typed step of a migration.
package enum MigrationStep: Equatable, Sendable {
  /// An object is there with its mode and owner.
  case object(Manifest.Object)
  /// The running server receives through the transport, beside the others.
  case openTransport(TransportKind)
  /// The running server no longer receives through it; what it took is settled.
  case closeTransport(TransportKind)
  /// An object that a run of ours made goes away.
  case removeObject(Manifest.Object)
  /// The relay takes what legacy writers drop (or leaves it to the old server).
  case relayDuty(takes: Bool)
  /// Numbered probes through these routes arrive exactly once, and another user is refused.
  case prove([TransportKind], canaries: Int, latency: Int64)
  /// A marker through the old primary route is seen: all before it has arrived.
  case marker(TransportKind, latency: Int64)
  /// The primary moves.
  case cutOver(to: Phase, from: Phase)
  /// For this long the ledger balances and nothing is in trouble.
  case settle(nanoseconds: Int64)
  /// Nothing about the host is in the way of the phase.
  case preflight(Manifest)
  /// Nobody but the relay takes drops.
  case oldServer(nanoseconds: Int64)
  /// What waits in a transport that was closed is settled or given back: of the file drops to the old server.
  case handBack(TransportKind)
  /// As `prove` for routes that are gone back to: what is behind messages whose handler hangs is not waited for.
  case proveBack([TransportKind], canaries: Int, latency: Int64)
  // Of retiring the legacy path.
  /// Nobody used the legacy path for at least this long, witnessed.
  case quiet(nanoseconds: Int64)
  /// A marker through the legacy path is seen, and the relay has nothing on its way.
  case barrier(latency: Int64)
  /// The legacy path refuses whatever is written to it.
  case seal
  /// Every way of writing to it was tried, and refused.
  case trySeal
  /// The certificate is written: before the phase moves, and complete after it.
  case certify(isFinal: Bool)
  /// A route that nobody used is closed for good; one that somebody used stays.
  case giveUp(TransportKind)

  /// Holds for the moment only, or is written down anew: it is done every time, and there is nothing to undo.
  package var isProof: Bool {
    switch self {
    case .prove, .marker, .settle, .preflight, .oldServer, .handBack, .proveBack: true
    case .quiet, .barrier, .trySeal, .certify, .giveUp: true
    case .object, .openTransport, .closeTransport, .removeObject, .relayDuty, .cutOver, .seal: false
    }
  }

  package var verb: String {
    switch self {
    case .object: "make"
    case .openTransport: "open"
    case .closeTransport: "close"
    case .removeObject: "remove"
    case .relayDuty: "relay"
    case .prove: "prove"
    case .marker: "marker"
    case .cutOver: "cut over"
    case .settle: "settle"
    case .quiet: "quiet"
    case .barrier: "barrier"
    case .seal: "seal"
    case .trySeal: "try seal"
    case .certify: "certify"
    case .giveUp: "give up"
    case .preflight: "preflight"
    case .oldServer: "old server"
    case .handBack: "hand back"
    case .proveBack: "prove"
    }
  }
}

/// What probing a step finds.
package enum ProbeResult: Equatable, Sendable {
  case absent
  case partial(String)
  case present
  case foreign(String)
}
