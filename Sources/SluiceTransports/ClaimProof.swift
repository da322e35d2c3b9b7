/// How it is known that a claimed file holds what one writer wrote, whole.
package enum ClaimProof: String, Sendable, CaseIterable {
  /// Its writer was let in alone, and had closed it before anybody else was.
  case gated
  /// Nobody could write it any more, and the kernel showed no second writing process: nothing is mixed in it but what
  /// one process mixed itself.
  case witnessed
  /// Nobody could write it any more (a read lease was granted). Two writers that had it open together may have mixed.
  case leased
  /// It has not changed for a while, which proves nothing: no lease is to be had here.
  case quiet
}
