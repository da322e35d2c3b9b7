/// The legacy paths of a channel, in one directory or two.
package struct FileDropSettings: Sendable {
  /// One configured path.
  package struct Slot: Sendable, Equatable {
    package let directory: String
    package let name: String
    /// A path whose every drop is malformed by definition, as the old servers have it.
    package let isBadByDefinition: Bool
    package let path: String

    package init(directory: String, name: String, isBadByDefinition: Bool) {
      self.directory = directory
      self.name = name
      self.isBadByDefinition = isBadByDefinition
      path = "\(directory)/\(name)"
    }
    /// First letter of its claims' names.
    var prefix: Character { isBadByDefinition ? "b" : "c" }
  }

  /// Name of the private directory that is made beside the slots.
  package var privateName: String
  package var slots: [Slot]
  package var messageLimit: Int
  /// Claims that may wait at once: with more, drops stay in their slot.
  package var pendingLimit: Int
  /// Nanoseconds for which an unfinished claim holds later ones of its path back.
  package var orderPatience: Int64 = 20_000_000
  /// Nanoseconds after which a claim whose writer still has it open no longer counts among those.
  package var writerPatience: Int64 = 5_000_000_000
  /// Claims that may be left out of the count so.
  package var parkedLimit = 4096
  /// Nanoseconds for which a drop stays readable at its path after it was taken; nil where it vanishes at once.
  package var linger: Int64?
  /// Those of one user: further ones are given up.
  package var parkedShare = 512

  package init(privateName: String, slots: [Slot], messageLimit: Int, pendingLimit: Int) {
    self.privateName = privateName
    self.slots = slots
    self.messageLimit = messageLimit
    self.pendingLimit = pendingLimit
  }
}
