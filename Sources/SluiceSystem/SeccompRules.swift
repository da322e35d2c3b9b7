/// What the system-call filter refuses, as data.
///
/// It is a list of what a server of files and Unix sockets never needs, and everything else is allowed: the Swift
/// runtime, glibc and SQLite may use any ordinary call, and the kernel keeps a bitmap of calls that are always allowed,
/// so that reading, writing and waiting cost nothing. A name that a kernel or a library does not know is left out.
package struct SeccompRules: Equatable, Sendable {
  /// Calls that are refused whatever their arguments, by what they are for.
  package struct Group: Equatable, Sendable {
    package let name: String
    package let calls: [String]
  }

  package var groups: [Group]

  /// For both services. Neither executes anything: programs are started by a process that was there before the filter.
  package static let services = SeccompRules(groups: [
    Group(name: "programs", calls: ["execve", "execveat", "fork", "vfork"]),
    Group(
      name: "other processes",
      calls: [
        "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise", "process_mrelease",
        "migrate_pages", "move_pages",
      ]),
    Group(
      name: "mounts and namespaces",
      calls: [
        "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsconfig",
        "fsmount", "fspick", "mount_setattr", "setns", "unshare", "open_by_handle_at",
      ]),
    Group(
      name: "the kernel",
      calls: [
        "init_module", "finit_module", "delete_module", "create_module", "query_module", "get_kernel_syms",
        "kexec_load", "kexec_file_load", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
        "io_uring_register", "lookup_dcookie", "syslog", "uselib", "_sysctl", "sysfs", "nfsservctl", "vmsplice",
      ]),
    Group(
      name: "the machine",
      calls: [
        "reboot", "swapon", "swapoff", "acct", "iopl", "ioperm", "sethostname", "setdomainname", "settimeofday",
        "clock_settime", "clock_adjtime", "adjtimex", "stime", "quotactl", "quotactl_fd", "vhangup", "modify_ldt",
        "vm86", "vm86old", "personality",
      ]),
    Group(name: "keys", calls: ["add_key", "request_key", "keyctl"]),
    Group(
      name: "privileges",
      calls: [
        "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups",
        "capset",
      ]),
  ])

  /// Every refused call once, in order.
  package var calls: [String] { groups.flatMap(\.calls) }

  /// `clone` with one of these flags makes a namespace (clone(2)); it is refused, as unshare is.
  static let namespaceFlags: [UInt64] = [
    0x0000_0080,  // CLONE_NEWTIME
    0x0002_0000,  // CLONE_NEWNS
    0x0200_0000,  // CLONE_NEWCGROUP
    0x0400_0000,  // CLONE_NEWUTS
    0x0800_0000,  // CLONE_NEWIPC
    0x1000_0000,  // CLONE_NEWUSER
    0x2000_0000,  // CLONE_NEWPID
    0x4000_0000,  // CLONE_NEWNET
  ]
  /// CLONE_THREAD: without it `clone` makes a process.
  static let threadFlag: UInt64 = 0x0001_0000
}
