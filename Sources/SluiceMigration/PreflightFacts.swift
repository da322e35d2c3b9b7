package import SluiceChannel
package import SluiceSystem
package import SluiceTransports

/// What a preflight has seen of the host: all that its judgement depends on.
package struct PreflightFacts: Equatable, Sendable {
  /// One of the channel's directories, or the nearest one above it that exists.
  package struct Place: Equatable, Sendable {
    package var name: String
    package var path: String
    /// nil where it could not be asked.
    package var space: FreeSpace?

    package init(_ name: String, _ path: String, _ space: FreeSpace?) {
      self.name = name
      self.path = path
      self.space = space
    }
  }
  /// Whether a service sees the directory that we see at a path.
  package struct View: Equatable, Sendable {
    package var service: String
    package var pid: Int32
    package var path: String
    /// nil where that may not be asked.
    package var isOurs: Bool?

    package init(_ service: String, _ pid: Int32, _ path: String, isOurs: Bool?) {
      self.service = service
      self.pid = pid
      self.path = path
      self.isOurs = isOurs
    }
  }

  package var target: Phase
  package var places: [Place] = []
  package var views: [View] = []
  /// What the relay's own look at its directories found.
  package var drops: [DropPlace.Finding] = []
  /// What stands where the phase's objects belong and is not ours.
  package var foreign: [String] = []
  package var offersPeerProcesses = true
  /// Whether the policy asks for more than a user's number.
  package var needsPrograms = false
  /// Whether bytes could be moved from a FIFO into a file of the spool; nil where it was not tried.
  package var canSplice: Bool?
  /// inotify(7): what one user may have.
  package var inotifyInstances: Int?
  package var inotifyWatches: Int?
  /// fs.protected_fifos, where it could be read.
  package var protectsFIFOs: Int?
  package var ingress = LegacySettings.Ingress.watch
  package var consume = LegacySettings.Consume.take
  /// Processes whose words name the legacy path.
  package var callers: [String] = []
  /// Bytes of the largest message.
  package var messageLimit = 1 << 20

  package init(target: Phase) { self.target = target }
}
