/// Which ids of the machine this process' user namespace knows (user_namespaces(7)).
///
/// An id that it does not know is shown as the overflow id, 65534 as a rule, which is also an account of its own
/// ("nobody"): where ids are missing from the map the number says nothing.
package struct IdentityMap: Sendable, Equatable {
  /// The id that stands for every unknown one; nil where none is unknown.
  package let overflow: UInt32?

  /// - Parameters:
  ///   - map: text of /proc/self/uid_map or gid_map: lines of first id inside, first id outside, count.
  ///   - overflow: text of /proc/sys/kernel/overflowuid or overflowgid.
  package init(map: String, overflow: String) {
    let id = UInt32(overflow.split(whereSeparator: \.isWhitespace).first ?? "") ?? 65534
    // Only a map of everything onto itself leaves nothing out; -1 is no id.
    let lines = map.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).map { UInt64($0) } }
    self.overflow = lines == [[0, 0, 4_294_967_295]] ? nil : id
  }

  package static let users = read("uid")
  package static let groups = read("gid")

  private static func read(_ kind: String) -> IdentityMap {
    IdentityMap(
      map: text("/proc/self", "\(kind)_map"), overflow: text("/proc/sys/kernel", "overflow\(kind)"))
  }

  private static func text(_ directory: String, _ name: String) -> String {
    guard let bytes = try? Directory.open(directory).contents(of: name, limit: 65536) else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension PeerCredentials {
  /// The credentials without what stands for unknown ids: nil where the user itself is unknown.
  package func known(
    users: IdentityMap = .users, groups map: IdentityMap = .groups
  ) -> PeerCredentials? {
    guard let overflow = map.overflow else { return uid == users.overflow ? nil : self }
    guard uid != users.overflow else { return nil }
    // A primary group that is unknown must match no rule: -1 is no id.
    return PeerCredentials(
      uid: uid, gid: gid == overflow ? .max : gid, pid: pid, groups: groups.filter { $0 != overflow })
  }
}
