package import SluiceChannel
package import SluiceSystem

/// Name, mode and limits of a FIFO transport.
package struct FIFOSettings: Sendable {
  package var name: String
  package var mode: UInt32
  package var owner: Owner?
  package var messageLimit: Int
  /// Bytes at which the journal takes nothing more until it has been worked off and replaced.
  package var journalLimit: Int
  /// First letter of its journals' names.
  package var prefix: Character = "f"
  /// What its messages are counted as.
  package var route = TransportKind.fifo
  /// Whether a journal goes as soon as its lines are settled; otherwise a while later, which costs less.
  package var retiresAtOnce = false
  /// Nanoseconds between looks at the path.
  package var lookInterval: Int64 = 1_000_000_000
  /// How many of those a replaced FIFO's last writers are waited for.
  package var mostLooks = 1
  /// Puts the FIFO at its path, where that is not simply made there; EEXIST where something else stands there.
  package var plant: (@Sendable () throws(Errno) -> Void)?
  /// Takes it away again.
  package var uproot: (@Sendable () -> Void)?

  package init(name: String, mode: UInt32, owner: Owner? = nil, messageLimit: Int, journalLimit: Int = 64 << 20) {
    self.name = name
    self.mode = mode
    self.owner = owner
    self.messageLimit = messageLimit
    self.journalLimit = max(journalLimit, messageLimit + 4096)
  }
}
