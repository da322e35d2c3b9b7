package import SluiceChannel
package import SluiceServer

/// What was seen of the world at one moment: all that a plan depends on, and no way to change anything.
package struct Observation: Equatable, Sendable {
  /// What stands at an object's path.
  package enum Found: Equatable, Sendable {
    case absent
    case present(kind: String, mode: UInt32, uid: UInt32, gid: UInt32, links: UInt64 = 1)
    case unreadable(String)
  }
  package var phase: Phase
  package var generation: Int64
  /// nil where no server answers.
  package var server: ServerStatus?
  package var objects: [String: Found]
  /// Paths of objects that a run of ours made.
  package var made: Set<String>
  /// Paths of objects that were there before and got another mode or owner from a run of ours.
  package var altered: Set<String> = []
  /// Uid and gid that objects should have.
  package var user: UInt32
  package var group: UInt32?
  /// The channel file's word on the socket's mode, which is over the manifest's.
  package var socketMode: UInt32
  /// What stands at the legacy path, as a seal.
  package var seal = Seal.Standing.absent
  /// Routes that were retired with the legacy path.
  package var givenUp: Set<TransportKind> = []

  package init(
    phase: Phase, generation: Int64, server: ServerStatus?, objects: [String: Found], made: Set<String>, user: UInt32,
    group: UInt32?, socketMode: UInt32
  ) {
    self.phase = phase
    self.generation = generation
    self.server = server
    self.objects = objects
    self.made = made
    self.user = user
    self.group = group
    self.socketMode = socketMode
  }

  /// What a phase declares and the process that serves now has not open: one that was started again opened what the
  /// recorded phase has, and no more.
  package func missingTransports(of phase: Phase) -> [TransportKind] {
    phase.openTransports.filter { !givenUp.contains($0) && server?.transports.contains($0) != true }
  }
}
