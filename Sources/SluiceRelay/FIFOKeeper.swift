internal import SluiceSystem
internal import SluiceTransports

/// Holds a FIFO open, so that unread bytes survive a restart of the server: a pipe lives as long as its last descriptor.
///
/// The read end only: the server must be able to see that no writer is there.
final class FIFOKeeper {
  private let directory: String
  private let name: String
  private var held: OwnedDescriptor?
  private var identity: FileStatus.Identity?

  private let trust: ServerTrust

  init(directory: String, name: String, trust: ServerTrust) {
    self.trust = trust
    self.directory = directory
    self.name = name
  }

  /// Takes the FIFO that stands there now, or lets go of one that is gone.
  func look() {
    guard let place = try? trust.checked(directory), let found = try? place.status(of: name), found.kind == .fifo
    else {
      held = nil
      identity = nil
      return
    }
    guard found.identity != identity else { return }
    held = nil
    identity = nil
    guard let descriptor = try? place.open(name, .readEndOfFIFO) else { return }
    held = consume descriptor
    identity = found.identity
  }
}
