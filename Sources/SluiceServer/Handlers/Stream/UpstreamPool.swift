internal import SluiceReactor
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

/// Connections of a socket handler to its server, which is who it must be.
final class UpstreamPool: BackendMaker {
  private let path: String
  /// Whom the server may run as.
  private let owners: [UInt32]
  private let reactor: Reactor
  private let noticed: (String) -> Void
  private let buffer = ReadBuffer()
  private var links: [ObjectIdentifier: UpstreamLink] = [:]

  init(path: String, owners: [UInt32], reactor: Reactor, noticed: @escaping (String) -> Void) {
    self.path = path
    self.owners = owners
    self.reactor = reactor
    self.noticed = noticed
  }

  var isIdle: Bool { links.isEmpty }

  func link(for call: HandlerCall) throws(Refusal) -> any BackendLink {
    do throws(TransportFailure) {
      let link = UpstreamLink(
        try connect(), buffer: buffer, reactor: reactor, say: { [noticed, path] in noticed("\(path): \($0)") },
        released: { [weak self] in self?.links[ObjectIdentifier($0)] = nil })
      links[ObjectIdentifier(link)] = link
      link.listen()
      return link
    } catch {
      noticed("cannot reach the handler: \(error)")
      throw Refusal(.handlerEnded, "the server behind this channel does not answer", reason: "\(error)")
    }
  }

  /// Never waits: a queue that is full is a server that does not answer.
  private func connect() throws(TransportFailure) -> OwnedDescriptor {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    let parent = slash == path.startIndex ? "/" : String(path[..<slash])
    let name = String(path[path.index(after: slash)...])
    let directory: Directory
    do throws(UnsafePath) {
      directory = try SafePath.openDirectory(parent, trusting: owners.first ?? 0, isForLookup: true)
    } catch { throw TransportFailure(error) }
    let uid: UInt32
    do throws(Errno) {
      let socket = try UnixSocket.connect(in: directory, name: name, nonblocking: true)
      uid = try socket.peerCredentials().uid
      if uid == 0 || owners.contains(uid) { return socket }
    } catch { throw TransportFailure(error, doing: "connect to", path: path) }
    throw TransportFailure(
      .unsafePath, "whoever listens on \(path) runs as uid \(uid), which handler.owner does not name")
  }

  func drain() {}
  func stop() { for link in Array(links.values) { link.finish("the channel is stopping") } }
}
