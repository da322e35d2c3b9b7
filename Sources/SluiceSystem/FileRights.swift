internal import CLinux

/// Whose rights this thread has on files, where root works on what belongs to another user.
///
/// What that user's files and directories say is not to be believed: a name can be exchanged between a look and an act.
/// With that user's rights (setfsuid(2)) the kernel refuses whatever the user could not have done alone. Root's other
/// rights stay, and so does the name under which a service sees it (unix(7), SO_PEERCRED).
package enum FileRights {
  /// Takes that user's rights, with that user's groups and `gid` as the primary one. Nothing where we are not root, or
  /// the user is.
  package static func take(_ uid: UInt32, gid: UInt32) throws(Errno) {
    guard Process.effectiveUser == 0, uid != 0 else { return }
    var groups = Accounts.groups(of: uid)
    if !groups.contains(gid) { groups.append(gid) }
    try setGroups(groups)
    try systemCall { sl_set_file_user(uid, gid) }
  }

  /// With that user's rights and groups for the time of `body`, where we are root and have root's own until now. For a
  /// service that is still root when it starts, before it has a second thread: the groups are the whole process's.
  package static func borrow<Result: ~Copyable>(
    from owner: Owner?, _ body: () throws(Errno) -> Result
  ) throws(Errno) -> Result {
    guard let owner, owner.uid != 0, Process.effectiveUser == 0, user == 0 else { return try body() }
    let former = try groups()
    try take(owner.uid, gid: owner.gid)
    defer {
      // Root's own rights again; going on without them would fail in strange ways, and with other groups do harm.
      let isBack =
        sl_set_file_user(0, Process.effectiveGroup) == 0
        && (try? setGroups(former)) != nil
      if !isBack { Process.exit(1) }
    }
    return try body()
  }

  private static func groups() throws(Errno) -> [UInt32] {
    let count = try systemCall { sl_get_groups(nil, 0) }
    var groups = [UInt32](repeating: 0, count: Int(count))
    try systemCall {
      unsafe groups.withUnsafeMutableBufferPointer { unsafe sl_get_groups($0.baseAddress, UInt32($0.count)) }
    }
    return groups
  }

  private static func setGroups(_ groups: [UInt32]) throws(Errno) {
    try systemCall {
      unsafe groups.withUnsafeBufferPointer { unsafe sl_set_groups($0.baseAddress, UInt32($0.count)) }
    }
  }

  /// The user whose rights are in force.
  package static var user: UInt32 { sl_file_user() }

  /// Whether root works with another user's rights here.
  package static var areTaken: Bool { Process.effectiveUser == 0 && user != 0 }

  /// With root's rights, where another user's are in force. Only for what that user cannot exchange.
  package static func asRoot<Result: ~Copyable, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result
  {
    try with(0, gid: 0, body)
  }

  /// With that user's rights, where another one's than root's are in force.
  package static func with<Result: ~Copyable, Failure>(
    _ uid: UInt32, gid: UInt32, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard areTaken else { return try body() }
    let former = user
    let formerGroup = sl_file_group()
    _ = sl_set_file_user(uid, gid)
    defer {
      // Going back never fails for root; going on with more than is due must not happen.
      if sl_set_file_user(former, formerGroup) != 0 { Process.exit(1) }
    }
    return try body()
  }
}
