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

  /// Holds for the moment only: it is done every time, and there is nothing to undo.
  package var isProof: Bool {
    switch self {
    case .prove, .marker, .settle, .preflight, .oldServer, .handBack, .proveBack: true
    case .object, .openTransport, .closeTransport, .removeObject, .relayDuty, .cutOver: false
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
