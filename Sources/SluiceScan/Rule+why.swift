extension Rule {
  /// Why it matters, a sentence.
  package var why: String {
    switch self {
    case .legacyAbsent: "no message is waiting there; whoever creates it first owns it"
    case .legacyUnreadable: "it could not be looked at, so nothing is known of it"
    case .legacySymbolicLink: "reads and writes go wherever the link's owner points it"
    case .legacyWrongKind: "clients that write to it fail, or write to something else than a file"
    case .legacyFIFO: "a reader that expects a file hangs in open, and a test for a file says no"
    case .legacyHardLinked:
      "the file has another name, through which it can be read or changed after checks of this one"
    case .legacyWorldWritable: "every local user can forge or change messages, and nothing tells who it was"
    case .legacyGroupWritable: "every member of the group can change what another member wrote"
    case .legacyForeignOwner: "its owner can change a message at any time, and removes or keeps it at will"
    case .legacyStickyDirectory:
      "any user can create the name first, and an unprivileged reader cannot remove what another user put there"
    case .legacyDirectoryWritable: "others can remove, replace or redirect the path between a check and its use"
    case .legacyPathUntrusted: "a part of the path is under somebody else's control"
    case .legacyHeldOpen: "the process reads or writes there without a lock; it is a caller to move"
    case .legacyHeldByOther: "a process of another user can still change or read messages through its open descriptor"
    case .legacyPrivateMounts: "its /tmp may be another one than ours: what it writes there never arrives"
    case .kernelProtectionOff: "the kernel's guard against planted names in sticky directories is off"
    case .kernelProtectionRefuses:
      "the kernel refuses to open another user's file there for creating, also for root: such writes fail"
    case .channelDirectoryUnsafe: "others could replace the channel's socket, state or log"
    case .channelObjectWritable: "every local user can open it for writing; only the server's own checks are left"
    case .tcpLoopback:
      "any local process can connect and, through a browser, web pages too; the kernel does not tell the peer's user,"
        + " which a Unix socket does"
    case .tcpNetwork: "other hosts can connect, and the kernel tells nothing of the peer's user"
    case .unixAbstract:
      "it has no owner and no mode: any process in this network namespace can connect or take the name"
    case .unixRelative: "where it is depends on what the process that bound it held or stood in; it cannot be checked"
    case .unixWorldWritable: "every local user can connect; only the program's own check of its peers is left"
    case .unixDirectoryWritable: "others can replace the node and answer in the server's place"
    case .unixPathUntrusted: "a part of the path is under somebody else's control, who could replace the node"
    case .unixPathLink: "the path leads through a link; who controls it controls where clients connect"
    case .unixStickyDirectory: "any user can take the name while the server is down"
    case .unixNodeGone: "no client can reach this listener any more; its node was removed"
    case .unixNodeReplaced: "something else stands at the path of a socket that is still bound"
    case .unixPathShared: "several sockets were bound to one path: clients reach the last one only"
    case .scriptWrites: "it is a caller to move before the legacy path can be retired"
    case .scriptNames: "it names the path; a migration changes what it finds there"
    case .scriptWritable: "whoever may change it acts as the user who runs it"
    }
  }
}
