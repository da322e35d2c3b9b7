package import SluiceSystem

/// Name, mode and limits of a FIFO transport.
package struct FIFOSettings: Sendable {
  package var name: String
  package var mode: UInt32
  package var owner: Owner?
  package var messageLimit: Int

  package init(name: String, mode: UInt32, owner: Owner? = nil, messageLimit: Int) {
    self.name = name
    self.mode = mode
    self.owner = owner
    self.messageLimit = messageLimit
  }
}
