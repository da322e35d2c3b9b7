/// A rule that a test build can be told to break (`SLUICE_FAULT=NAME`), so that the crash harness proves that it would
/// notice. Release builds have none.
package enum PlantedFault: String, Sendable {
  /// The server handles an id again that it has handled.
  case ignoresKnownIds = "ignore-known-ids"
  /// A claim is read without asking whether somebody writes it.
  case readsWithoutLease = "read-without-lease"

  /// The server settles some drops without having handled them.
  case losesDrops = "lose-drops"
  /// The server gives each drop to its handler twice.
  case handlesTwice = "handle-twice"

  /// No filesystem grants a lease, as with fs.leases-enable=0.
  case hasNoLeases = "no-leases"
  /// A finished claim cannot be unlinked at first.
  case keepsClaims = "keep-claims"
  /// The relay copies each message into its spool before it sends it; no fault, but a way that is seldom gone.
  case spoolsAtOnce = "spool-at-once"

  #if SLUICE_STOP_POINTS
    private static let wanted = Process.environment("SLUICE_FAULT").flatMap(PlantedFault.init(rawValue:))
  #endif

  @inline(__always)
  package var isPlanted: Bool {
    #if SLUICE_STOP_POINTS
      Self.wanted == self
    #else
      false
    #endif
  }
}
