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

  package let attestation: Attestation
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
    isShared: Bool = false
  ) {
    self.attestation = attestation
    self.uid = uid
    self.gid = gid
    self.groups = groups
    self.pid = pid
    self.isShared = isShared
  }

  /// The writers of a FIFO.
  package static let unknown = Principal(attestation: .none, uid: nil, gid: nil)

  package func isMember(of group: UInt32) -> Bool { gid == group || groups.contains(group) }
}
