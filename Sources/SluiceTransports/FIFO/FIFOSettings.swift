package import SluiceSystem

/// Name, mode and limits of a FIFO transport.
package struct FIFOSettings: Sendable {
  package var name: String
  package var mode: UInt32
  package var owner: Owner?
  package var messageLimit: Int
  /// Bytes at which the journal takes nothing more until it has been worked off and replaced.
  package var journalLimit: Int

  package init(name: String, mode: UInt32, owner: Owner? = nil, messageLimit: Int, journalLimit: Int = 64 << 20) {
    self.name = name
    self.mode = mode
    self.owner = owner
    self.messageLimit = messageLimit
    self.journalLimit = max(journalLimit, messageLimit + 4096)
  }
}
