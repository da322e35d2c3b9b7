internal import CLinux

/// A set of root's powers, capabilities(7).
package struct Capabilities: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  /// Giving files away.
  package static let changeOwner = Capabilities(rawValue: 1 << 0)
  package static let overridePermissions = Capabilities(rawValue: 1 << 1)
  package static let readEverything = Capabilities(rawValue: 1 << 2)
  /// Renaming others' files in a sticky directory.
  package static let actAsFileOwner = Capabilities(rawValue: 1 << 3)
  /// Set-group-ID on a directory whose group we are not in.
  package static let keepSetID = Capabilities(rawValue: 1 << 4)
  /// fanotify(7).
  package static let administrate = Capabilities(rawValue: 1 << 21)
  /// Leases on others' files, fcntl(2).
  package static let lease = Capabilities(rawValue: 1 << 28)

  /// What this thread has in force.
  package static var effective: Capabilities {
    get throws(Errno) {
      var bits: UInt64 = 0
      try systemCall { unsafe sl_capabilities(&bits) }
      return Capabilities(rawValue: bits)
    }
  }

  /// Drops all that are not in the set, for good: permitted, effective, inheritable, ambient, and the bounding set.
  package static func keepOnly(_ kept: Capabilities) throws(Errno) {
    try systemCall { sl_keep_capabilities(kept.rawValue) }
  }

  /// As capabilities(7) calls them, without the prefix.
  package var words: [String] {
    let names: [(Capabilities, String)] = [
      (.changeOwner, "chown"), (.overridePermissions, "dac_override"), (.readEverything, "dac_read_search"),
      (.actAsFileOwner, "fowner"), (.keepSetID, "fsetid"), (.administrate, "sys_admin"), (.lease, "lease"),
    ]
    return names.filter { contains($0.0) }.map(\.1)
  }
}
