internal import SluicePolicy
internal import SluiceReactor
internal import SluiceSystem
internal import SluiceWire

/// The processes of a stdio handler: each user gets a share of them, and one may be kept ready.
final class ChildPool: BackendMaker {
  private let starter: ProgramStarter
  private let reactor: Reactor
  private let program: String
  private let noticed: (String) -> Void
  private let keepsSpare: Bool
  private let buffer = ReadBuffer()
  private var share: FairShare
  private var children: [ObjectIdentifier: (link: ChildLink, user: UInt32)] = [:]
  /// A process that nobody talks to yet, and for whom it was started.
  private var spare: (link: ChildLink, variables: [String])?
  private var isDraining = false

  init(
    _ starter: ProgramStarter, program: String, most: Int, keepsSpare: Bool, reservedUsers: Set<UInt32>,
    reactor: Reactor, noticed: @escaping (String) -> Void
  ) {
    self.starter = starter
    self.program = program
    self.keepsSpare = keepsSpare
    self.reactor = reactor
    self.noticed = noticed
    share = FairShare(capacity: most, reserve: most / 8, reservedFor: reservedUsers)
  }

  var isIdle: Bool { children.isEmpty }

  func link(for call: HandlerCall) throws(Refusal) -> any BackendLink {
    // With a spare nobody's process id is told: the one who started it is not the one who will use it.
    let variables = HandlerVariables.peer(call, withProcess: !keepsSpare)
    let user = call.principal.uid ?? .max
    let link: ChildLink
    if let found = spare, found.variables == variables, found.link.isAlive {
      spare = nil
      link = found.link
    } else {
      dropSpare()
      guard share.take(for: user) == nil else {
        throw Refusal(
          .tooMany, "too many servers are running for you", reason: "uid \(user) has its share of the processes",
          retryAfterMilliseconds: 1000)
      }
      link = try start(variables, user)
    }
    link.listen()
    if keepsSpare, !isDraining { reactor.schedule(after: 0) { [weak self] in self?.makeSpare(variables, user) } }
    return link
  }

  private func start(_ variables: [String], _ user: UInt32) throws(Refusal) -> ChildLink {
    do throws(Errno) {
      let process = try starter.startKept(variables: variables)
      let label = "handler[\(process.pid)]"
      let link = ChildLink(
        process, buffer: buffer, reactor: reactor, say: { [noticed] in noticed("\(label): \($0)") },
        released: { [weak self] in self?.released($0) })
      children[ObjectIdentifier(link)] = (link, user)
      do throws(Errno) { try link.start() } catch {
        ChildProcess.askToEnd(process.pid)
        children[ObjectIdentifier(link)] = nil
        throw error
      }
      return link
    } catch {
      share.give(of: user)
      noticed("cannot start the handler \(program): \(error)")
      throw Refusal(.handlerEnded, "the handler could not be started", reason: "\(error)")
    }
  }

  private func released(_ link: ChildLink) {
    guard let entry = children.removeValue(forKey: ObjectIdentifier(link)) else { return }
    share.give(of: entry.user)
    if spare?.link === link { spare = nil }
  }

  private func makeSpare(_ variables: [String], _ user: UInt32) {
    guard spare == nil, !isDraining, share.take(for: user) == nil else { return }
    if let link = try? start(variables, user) { spare = (link, variables) }
  }

  private func dropSpare() {
    spare?.link.end()
    spare = nil
  }

  func drain() {
    isDraining = true
    dropSpare()
  }

  func stop() { for child in children.values { child.link.askToEnd() } }
}
