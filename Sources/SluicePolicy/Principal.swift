/// Who sent a message, and how well that is known.
package final class Principal: Sendable {
  /// The kinds of knowledge, strongest first.
  package enum Attestation: String, Sendable, Comparable, CaseIterable {
    /// The kernel's word at connect time (SO_PEERCRED): the uid is the identity.
    case kernel
    /// The owner of the opened, single-linked regular file that held the message.
    case fileOwner = "file-owner"
    /// A file's owner as the kernel-attested relay saw it.
    case relayed
    /// Nobody knows: only the mode of the path stood in the way.
    case none

    private var strength: Int {
      switch self {
      case .kernel: 3
      case .fileOwner: 2
      case .relayed: 1
      case .none: 0
      }
    }
    package static func < (left: Self, right: Self) -> Bool { left.strength < right.strength }
  }

  /// How much the kernel's word covers, weakest first.
  package enum Grade: String, Sendable, Comparable, CaseIterable {
    /// User and groups at connect time.
    case uid
    /// Also the process, pinned: its number means no other one.
    case pid
    /// Also the program that it ran when it was looked up, by its file's digest.
    case image

    package static func < (left: Self, right: Self) -> Bool {
      (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
  }

  package let attestation: Attestation
  /// Of the connection; nil where the kernel attests nothing. What holds for one message is its evidence's to say.
  package let grade: Grade?
  /// nil where nothing is attested.
  package let uid: UInt32?
  package let gid: UInt32?
  /// Supplementary groups, sorted.
  package let groups: [UInt32]
  /// A hint for records, never an identity.
  package let pid: Int32?
  /// Whether others than the owner could have written: the owner says little then.
  package let isShared: Bool

  package init(
    attestation: Attestation, uid: UInt32?, gid: UInt32?, groups: [UInt32] = [], pid: Int32? = nil,
    isShared: Bool = false, grade: Grade? = nil
  ) {
    self.attestation = attestation
    self.grade = attestation == .kernel ? grade ?? .uid : nil
    self.uid = uid
    self.gid = gid
    self.groups = groups
    self.pid = pid
    self.isShared = isShared
  }

  /// The writers of a FIFO.
  package static let unknown = Principal(attestation: .none, uid: nil, gid: nil)

  /// The same sender with more known of it.
  package func raised(to grade: Grade) -> Principal {
    Principal(
      attestation: attestation, uid: uid, gid: gid, groups: groups, pid: pid, isShared: isShared, grade: grade)
  }

  /// Whether the kernel says so. A file's group is none of its owner's: a set-group-ID directory gives its own to every
  /// file in it (inode(7)), whoever makes them.
  package func isMember(of group: UInt32) -> Bool {
    attestation == .kernel && (gid == group || groups.contains(group))
  }
}
