internal import SluiceSystem

/// Tests that need another user need root; without it they are skipped with this reason.
package enum Privilege {
  package static var isRoot: Bool { Process.effectiveUser == 0 }
  package static let reason = "needs root, to own files as another user"
}
