internal import CLinux

/// Landlock, landlock(7): what this process may do with files from here on, for itself and all that it starts.
///
/// Only opening, making, renaming and removing are judged: descriptors that are open stay usable, and a rule holds for
/// the directory that stood at its path when the rules were put on, not for one that takes its place. A process under
/// Landlock may not look at others in /proc as a debugger would either: not even at what program they run.
package enum Landlock {
  /// Rights, named as in the manual page.
  package struct Access: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let execute = Access(rawValue: 1 << 0)
    package static let writeFile = Access(rawValue: 1 << 1)
    package static let readFile = Access(rawValue: 1 << 2)
    package static let readDirectory = Access(rawValue: 1 << 3)
    package static let removeDirectory = Access(rawValue: 1 << 4)
    package static let removeFile = Access(rawValue: 1 << 5)
    package static let makeCharacterDevice = Access(rawValue: 1 << 6)
    package static let makeDirectory = Access(rawValue: 1 << 7)
    package static let makeFile = Access(rawValue: 1 << 8)
    package static let makeSocket = Access(rawValue: 1 << 9)
    package static let makeFIFO = Access(rawValue: 1 << 10)
    package static let makeBlockDevice = Access(rawValue: 1 << 11)
    package static let makeSymbolicLink = Access(rawValue: 1 << 12)
    /// Renaming and linking from one directory into another.
    package static let refer = Access(rawValue: 1 << 13)
    package static let truncate = Access(rawValue: 1 << 14)
    package static let deviceControl = Access(rawValue: 1 << 15)

    /// What a rule for a single file may hold.
    static let ofFiles: Access = [.execute, .writeFile, .readFile, .truncate, .deviceControl]
  }

  /// Rights below a path, or to a file at it.
  package struct Rule: Equatable, Sendable {
    package let path: String
    package let access: Access

    package init(_ path: String, _ access: Access) {
      self.path = path
      self.access = access
    }
  }

  /// The version of the kernel's interface; 0 where it has none, or where it is switched off.
  package static var version: Int { max(0, Int(sl_landlock_abi())) }

  /// The oldest version of use here: before it, renaming from one directory into another was refused everywhere.
  package static let oldestVersion = 2

  /// The rights that a version of the interface judges.
  package static func judged(by version: Int) -> Access {
    let known: UInt64 =
      switch version {
      case ...0: 0
      case 1: 1 << 13 - 1
      case 2: 1 << 14 - 1
      case 3, 4: 1 << 15 - 1
      default: 1 << 16 - 1
      }
    return Access(rawValue: known)
  }

  /// Puts the rules on this thread and those that it starts; everything that no rule allows is refused (EACCES).
  /// - Parameters:
  ///   - isolatesSignals: also refuses signals to processes outside (from version 6 on).
  /// - Returns: the paths that were not there, whose rules therefore do not exist.
  /// - Note: Needs no_new_privs.
  package static func restrict(to rules: [Rule], version: Int, isolatesSignals: Bool) throws(Errno) -> [String] {
    let judged = Self.judged(by: version)
    // No port is ever ours: TCP is refused as a whole, from version 4 on.
    let network: UInt64 = version >= 4 ? 0b11 : 0
    let scopes: UInt64 = version >= 6 && isolatesSignals ? 0b10 : 0
    let ruleset = OwnedDescriptor(
      adopting: try systemCall { sl_landlock_create(judged.rawValue, network, scopes) })
    var missing: [String] = []
    for rule in rules {
      let raw = unsafe sl_open_path(rule.path)
      guard raw >= 0 else {
        missing.append(rule.path)
        continue
      }
      let place = OwnedDescriptor(adopting: raw)
      var access = rule.access.intersection(judged)
      if try place.status().kind != .directory { access.formIntersection(.ofFiles) }
      if access.isEmpty { continue }
      try systemCall { sl_landlock_allow(ruleset.raw, place.raw, access.rawValue) }
    }
    try systemCall { sl_landlock_restrict(ruleset.raw) }
    return missing
  }
}
