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
  private var isComplained = false
  private let noticed: (String) -> Void

  private let trust: ServerTrust

  init(directory: String, name: String, trust: ServerTrust, noticed: @escaping (String) -> Void) {
    self.trust = trust
    self.noticed = noticed
    self.directory = directory
    self.name = name
  }

  /// Takes the FIFO that stands there now, or lets go of one that is gone.
  func look() {
    guard let place = try? trust.checkedForLookup(directory), let found = try? place.status(of: name),
      found.kind == .fifo
    else {
      held = nil
      identity = nil
      return
    }
    guard found.identity != identity else { return }
    held = nil
    identity = nil
    do throws(Errno) {
      held = try place.open(name, .readEndOfFIFO)
      identity = found.identity
      isComplained = false
    } catch { complain(error) }
  }

  /// Landlock's rule is for the directory that stood there when the relay started.
  private func complain(_ error: Errno) {
    guard !isComplained else { return }
    isComplained = true
    let reason =
      error == .permissionDenied ? "\(directory) was made or replaced after the relay started" : "\(error)"
    noticed(
      "cannot hold \(directory)/\(name) open (\(reason)): what is unread in it is lost when the server restarts; start"
        + " the relay again to mend that (drops are relayed all the same)")
  }
}
