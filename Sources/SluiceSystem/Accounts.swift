internal import CLinux

/// Users and groups by name (getpwnam(3), getgrnam(3)). NSS may block: never on the reactor's thread.
package enum Accounts {
  package struct User: Sendable, Equatable {
    package let uid: UInt32
    package let gid: UInt32
  }

  /// A user by name or by decimal number; nil when there is none.
  package static func user(_ name: String) -> User? {
    var uid: UInt32 = 0
    var gid: UInt32 = 0
    if unsafe sl_user_named(name, &uid, &gid) == 0 { return User(uid: uid, gid: gid) }
    guard let number = UInt32(name), number != UInt32.max else { return nil }
    if let text = userName(number), unsafe sl_user_named(text, &uid, &gid) == 0 { return User(uid: uid, gid: gid) }
    return User(uid: number, gid: number)
  }

  /// A group by name or by decimal number.
  package static func group(_ name: String) -> UInt32? {
    var gid: UInt32 = 0
    if unsafe sl_group_named(name, &gid) == 0 { return gid }
    guard let number = UInt32(name), number != UInt32.max else { return nil }
    return number
  }

  /// The name of a user, nil when the account does not exist.
  package static func userName(_ uid: UInt32) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let length = unsafe buffer.withUnsafeMutableBufferPointer {
      unsafe sl_user_name(uid, $0.baseAddress, UInt64($0.count))
    }
    guard length > 0 else { return nil }
    return String(decoding: buffer[0..<Int(length)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The users that the group's entry names as members; not those whose primary group it is.
  package static func members(of group: UInt32) -> [UInt32] {
    var members = [UInt32](repeating: 0, count: 4096)
    let count = unsafe members.withUnsafeMutableBufferPointer {
      unsafe sl_group_members(group, $0.baseAddress, UInt32($0.count))
    }
    return count > 0 ? Array(members[0..<Int(count)]) : []
  }

  /// All groups of a user, the primary one included.
  package static func groups(of uid: UInt32) -> [UInt32] {
    guard let name = userName(uid), let user = user(name) else { return [] }
    var groups = [UInt32](repeating: 0, count: 4096)
    let count = unsafe groups.withUnsafeMutableBufferPointer {
      unsafe sl_groups_of(name, user.gid, $0.baseAddress, UInt32($0.count))
    }
    return count > 0 ? Array(groups[0..<Int(count)]) : [user.gid]
  }
}
