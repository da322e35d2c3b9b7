/// What the scan looks for; the raw value is the finding's stable id.
package enum Rule: String, CaseIterable, Sendable {
  case legacyAbsent = "legacy-absent"
  case legacyUnreadable = "legacy-unreadable"
  case legacySymbolicLink = "legacy-symlink"
  case legacyWrongKind = "legacy-wrong-kind"
  case legacyFIFO = "legacy-fifo"
  case legacyHardLinked = "legacy-hard-linked"
  case legacyWorldWritable = "legacy-world-writable"
  case legacyGroupWritable = "legacy-group-writable"
  case legacyForeignOwner = "legacy-foreign-owner"
  case legacyStickyDirectory = "legacy-sticky-directory"
  case legacyDirectoryWritable = "legacy-directory-writable"
  case legacyPathUntrusted = "legacy-path-untrusted"
  case legacyHeldOpen = "legacy-held-open"
  case legacyHeldByOther = "legacy-held-by-other-user"
  case legacyPrivateMounts = "legacy-private-mounts"
  case kernelProtectionOff = "kernel-protection-off"
  case kernelProtectionRefuses = "kernel-protection-refuses"
  case channelDirectoryUnsafe = "channel-directory-unsafe"
  case channelObjectWritable = "channel-object-writable"
  case tcpLoopback = "tcp-loopback"
  case tcpNetwork = "tcp-network"
  case unixAbstract = "unix-abstract"
  case unixRelative = "unix-relative"
  case unixWorldWritable = "unix-world-writable"
  case unixDirectoryWritable = "unix-directory-writable"
  case unixPathUntrusted = "unix-path-untrusted"
  case unixPathLink = "unix-path-symlink"
  case unixStickyDirectory = "unix-sticky-directory"
  case unixNodeGone = "unix-node-gone"
  case unixNodeReplaced = "unix-node-replaced"
  case unixPathShared = "unix-path-shared"
  case scriptWrites = "script-writes-legacy"
  case scriptNames = "script-names-legacy"
  case scriptWritable = "script-writable"

  package var severity: Severity {
    switch self {
    case .legacySymbolicLink, .legacyWrongKind, .legacyHardLinked, .legacyWorldWritable, .legacyDirectoryWritable,
      .channelDirectoryUnsafe, .channelObjectWritable, .unixDirectoryWritable, .scriptWritable:
      .high
    case .legacyFIFO, .legacyForeignOwner, .legacyStickyDirectory, .legacyPathUntrusted, .legacyHeldByOther,
      .legacyPrivateMounts, .kernelProtectionOff, .tcpNetwork, .unixPathUntrusted, .unixStickyDirectory,
      .unixNodeReplaced, .unixPathShared:
      .medium
    case .legacyGroupWritable, .legacyUnreadable, .tcpLoopback, .unixAbstract, .unixWorldWritable,
      .unixPathLink, .unixNodeGone, .scriptWrites:
      .low
    case .legacyAbsent, .legacyHeldOpen, .kernelProtectionRefuses, .scriptNames, .unixRelative: .info
    }
  }
}
