internal import CSeccomp

/// A system-call filter, seccomp(2), written with libseccomp. Once on, it stays on, for every thread.
///
/// Refused calls are EPERM; sockets of other families than AF_UNIX are EAFNOSUPPORT; clone3 is ENOSYS, since its flags
/// are in memory where no filter sees them, and glibc then uses clone. A call by another architecture's numbers kills.
package enum SeccompFilter {
  private static let allow: UInt32 = 0x7fff_0000
  private static let killProcess: UInt32 = 0x8000_0000
  private static func refuse(_ error: Int32) -> UInt32 { 0x0005_0000 | UInt32(error) }

  private static let unixFamily: UInt64 = 1
  private static let noFunction: Int32 = 38  // ENOSYS
  private static let noFamily: Int32 = 97  // EAFNOSUPPORT
  /// TIOCSTI and TIOCLINUX of ioctl_tty(2) put words into somebody's terminal.
  private static let terminalRequests: [UInt64] = [0x5412, 0x541c]
  private static let writable: UInt64 = 2  // PROT_WRITE
  private static let executable: UInt64 = 4  // PROT_EXEC

  /// Puts the filter on. Sets no_new_privs too, without which only root may.
  package static func load(_ rules: SeccompRules) throws(Errno) {
    guard let context = unsafe seccomp_init(allow) else { throw Errno.notSupported }
    defer { unsafe seccomp_release(context) }
    try unsafe check(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, killProcess))
    try unsafe check(seccomp_attr_set(context, SCMP_FLTATR_CTL_TSYNC, 1))
    // A binary tree instead of a chain of comparisons; older libraries have the chain only.
    _ = unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
    // We run nobody's code: kernels before 5.16 would otherwise slow every load and store down (SSBD).
    _ = unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_SSB, 1)
    for call in rules.calls { try unsafe add(context, call, refuse(Errno.notPermitted.rawValue), []) }
    try unsafe add(context, "clone3", refuse(noFunction), [])
    for flag in SeccompRules.namespaceFlags {
      try unsafe add(context, "clone", refuse(Errno.notPermitted.rawValue), [masked(0, flag, equals: flag)])
    }
    try unsafe add(
      context, "clone", refuse(Errno.notPermitted.rawValue),
      [masked(0, SeccompRules.threadFlag, equals: 0)])
    for call in ["socket", "socketpair"] {
      try unsafe add(
        context, call, refuse(noFamily),
        [scmp_arg_cmp(arg: 0, op: SCMP_CMP_NE, datum_a: unixFamily, datum_b: 0)])
    }
    for request in terminalRequests {
      try unsafe add(
        context, "ioctl", refuse(Errno.notPermitted.rawValue), [masked(1, 0xffff_ffff, equals: request)])
    }
    // Memory is either written or run: what an attacker writes is never code.
    let both = writable | executable
    try unsafe add(context, "mmap", refuse(Errno.notPermitted.rawValue), [masked(2, both, equals: both)])
    for call in ["mprotect", "pkey_mprotect"] {
      try unsafe add(
        context, call, refuse(Errno.notPermitted.rawValue), [masked(2, executable, equals: executable)])
    }
    try unsafe check(seccomp_load(context))
  }

  private static func masked(_ argument: UInt32, _ mask: UInt64, equals value: UInt64) -> scmp_arg_cmp {
    scmp_arg_cmp(arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
  }

  private static func add(
    _ context: scmp_filter_ctx, _ call: String, _ action: UInt32, _ arguments: [scmp_arg_cmp]
  ) throws(Errno) {
    let number = unsafe seccomp_syscall_resolve_name(call)
    // -1: no such name here; other negative numbers are calls of other architectures.
    guard number >= 0 else { return }
    try unsafe check(
      arguments.withUnsafeBufferPointer { buffer in
        unsafe seccomp_rule_add_array(context, action, number, UInt32(buffer.count), buffer.baseAddress)
      })
  }

  private static func check(_ result: Int32) throws(Errno) {
    if result < 0 { throw Errno(rawValue: -result) }
  }
}
