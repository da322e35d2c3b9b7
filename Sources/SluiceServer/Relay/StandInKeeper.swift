internal import SluiceReactor
internal import SluiceSystem

/// Holds the FIFO open that the relay has put in the stead of drops, as the relay holds ours: a pipe lives as long as its
/// last descriptor, so that what is in it when the relay is killed is there for the next one.
final class StandInKeeper {
  private static let look: Int64 = 1_000_000_000

  private let parent: String
  private let name: String
  /// Whose it may be.
  private let owners: Set<UInt32>
  private let reactor: Reactor
  private let noticed: (String) -> Void
  private var held: OwnedDescriptor?
  private var identity: FileStatus.Identity?
  private var isComplained = false

  init(path: String, owners: Set<UInt32>, reactor: Reactor, noticed: @escaping (String) -> Void) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    parent = slash == path.startIndex ? "/" : String(path[..<slash])
    name = String(path[path.index(after: slash)...])
    self.owners = owners
    self.reactor = reactor
    self.noticed = noticed
    lookAgain()
  }

  private func lookAgain() {
    look()
    reactor.schedule(after: Self.look) { [weak self] in self?.lookAgain() }
  }

  /// Takes the FIFO that stands there now, or lets go of one that is gone. A read end only: it shows no writer, and takes
  /// nothing out.
  func look() {
    do throws(Errno) {
      let place = try Directory.openForLookup(parent)
      guard let found = try place.status(of: name), found.kind == .fifo, isTrusted(found.uid, place) else {
        return letGo()
      }
      guard found.identity != identity else { return }
      letGo()
      let pipe = try place.open(name, .readEndOfFIFO)
      guard try pipe.status().identity == found.identity else { return }
      held = consume pipe
      identity = found.identity
      isComplained = false
    } catch {
      if !isComplained, error != .noSuchFile {
        noticed("cannot hold \(parent)/\(name) open (\(error)): what is in it when the relay is killed is lost")
      }
      isComplained = true
    }
  }

  /// In a sticky directory the relay makes it the directory's owner's.
  private func isTrusted(_ uid: UInt32, _ place: borrowing Directory) -> Bool {
    owners.contains(uid) || (try? place.descriptor.status().uid) == uid
  }

  private func letGo() {
    held = nil
    identity = nil
  }
}
