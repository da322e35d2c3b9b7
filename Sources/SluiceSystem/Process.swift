internal import CLinux
internal import Glibc

/// This process.
package enum Process {
  package static var identifier: Int32 { sl_getpid() }
  /// Who started us; 0 where that one is outside our process namespace.
  package static var parent: Int32 { getppid() }
  package static var effectiveUser: UInt32 { sl_geteuid() }
  package static var effectiveGroup: UInt32 { sl_getegid() }

  /// The value of an environment variable.
  package static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// Every environment variable.
  package static var environment: [String: String] {
    var result: [String: String] = [:]
    var cursor = unsafe environ
    while let entry = unsafe cursor.pointee {
      if let equals = unsafe strchr(entry, 0x3d) {
        let name = unsafe UnsafeRawBufferPointer(start: entry, count: equals - entry)
        result[unsafe String(decoding: name, as: UTF8.self)] = unsafe String(cString: equals + 1)
      }
      unsafe cursor += 1
    }
    return result
  }

  /// The working directory, absolute.
  package static var currentDirectory: String? {
    guard let raw = unsafe getcwd(nil, 0) else { return nil }
    defer { unsafe free(raw) }
    return unsafe String(cString: raw)
  }

  /// prctl(2) PR_SET_NO_NEW_PRIVS and no core dumps, for us and all that we start: nothing gains rights by set-user-ID,
  /// nothing of a message lands in a dump.
  package static func harden() throws(Errno) {
    try systemCall { sl_no_new_privileges() }
    try systemCall { sl_no_core_dumps() }
  }

  /// PR_SET_DUMPABLE 0 of prctl(2): other programs of our user may not trace us, or read our memory or descriptors.
  package static func closeToOthers() throws(Errno) { try systemCall { sl_not_dumpable() } }

  /// Becomes another user for good, with that user's groups and `gid` as the primary one. Root only, before threads.
  package static func become(_ uid: UInt32, gid: UInt32) throws(Errno) {
    var groups = Accounts.groups(of: uid)
    if !groups.contains(gid) { groups.append(gid) }
    try systemCall {
      unsafe groups.withUnsafeBufferPointer { unsafe sl_become(uid, gid, $0.baseAddress, UInt32($0.count)) }
    }
  }

  /// As `become`, and keeps these capabilities, of those that are there; all others are gone for good.
  package static func become(_ uid: UInt32, gid: UInt32, keeping kept: Capabilities) throws(Errno) {
    var groups = Accounts.groups(of: uid)
    if !groups.contains(gid) { groups.append(gid) }
    try systemCall {
      unsafe groups.withUnsafeBufferPointer {
        unsafe sl_become_keeping(uid, gid, $0.baseAddress, UInt32($0.count), kept.rawValue)
      }
    }
  }

  /// Before anything is opened: where standard input, output or error is closed, the next file would get its number, and
  /// what is printed would be written into it. They stay as good as closed.
  package static func holdStandardStreams() { sl_hold_standard_streams() }

  /// Throws what keeps this process from executing a program (faccessat(2) with the effective user).
  package static func requireExecutable(_ path: String) throws(Errno) {
    try systemCall { unsafe sl_can_execute(path) }
  }

  /// Allows as many open descriptors as the hard limit does (getrlimit(2)): the soft one is often 1024.
  package static func raiseOpenFilesLimit() { _ = sl_raise_open_files() }
  /// How many descriptors this process may have now (getrlimit(2), RLIMIT_NOFILE).
  package static var openFilesLimit: Int {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
    return Int(clamping: limit.rlim_cur)
  }

  /// Sets the umask; only at start, before other threads run.
  package static func setFileCreationMask(_ mask: UInt32) { _ = umask(mode_t(mask)) }

  /// Ends at once with a status, without running anything else.
  package static func exit(_ status: Int32) -> Never {
    Glibc.exit(status)
  }
}

extension Process {
  /// The running program's path, /proc/self/exe of proc(5).
  package static var programPath: String? {
    guard let directory = try? Directory.open("/proc/self") else { return nil }
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = unsafe sl_readlinkat(directory.raw, "exe", &buffer, 4096)
    guard length > 0 else { return nil }
    return String(decoding: buffer[0..<Int(length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
