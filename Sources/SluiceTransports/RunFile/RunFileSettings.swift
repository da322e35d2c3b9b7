package import SluiceSystem

/// Names, modes and limits of a run-file transport.
package struct RunFileSettings: Sendable {
  package var lockName: String
  package var fileName: String
  package var claimedName: String
  /// Mode of the lock and of the file: 0600, or 0660 for a group.
  package var mode: UInt32
  package var owner: Owner?
  package var messageLimit: Int

  package init(
    lockName: String, fileName: String, claimedName: String, mode: UInt32, owner: Owner? = nil, messageLimit: Int
  ) {
    self.lockName = lockName
    self.fileName = fileName
    self.claimedName = claimedName
    self.mode = mode
    self.owner = owner
    self.messageLimit = messageLimit
  }
}
