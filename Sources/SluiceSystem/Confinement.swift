internal import CLinux

/// What the kernel says is in force for this process, and what it offers.
package enum Confinement {
  package static var hasNoNewPrivileges: Bool { sl_has_no_new_privileges() == 1 }
  package static var isClosedToOthers: Bool { sl_is_dumpable() == 0 }
  /// Mode 2 of prctl(2) PR_GET_SECCOMP.
  package static var isFiltered: Bool { sl_seccomp_mode() == 2 }
  /// Tried: an Internet socket is refused.
  package static var refusesNetwork: Bool { sl_try_network() < 0 }
  /// Tried: execve(2) is refused, not just unable to find something.
  package static var refusesPrograms: Bool { sl_try_exec() == -1 }
  /// Tried: a directory that no rule names cannot be listed.
  package static var refusesOtherDirectories: Bool { (try? Directory.open("/")) == nil }
  /// SO_PEERPIDFD of unix(7): a peer's process is known by more than a number.
  package static var offersPeerProcesses: Bool { sl_offers_peer_pidfd() == 1 }
}
