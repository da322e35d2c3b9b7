package import SluiceChannel
package import SluiceStore

/// Who uses which route, and who has still to move. Pure.
package struct ClientList: Equatable, Sendable {
  package enum State: String, Sendable {
    /// On the primary route, or seen there since it last used this one.
    case moved
    /// Used an earlier route within the quiet window.
    case toMove = "to move"
    /// Used it before the window, and not since.
    case quiet
    /// Found by the scan of scripts, and never seen.
    case unseen
  }

  package struct Client: Equatable, Sendable {
    /// nil for one that was never seen.
    package let seen: Caller?
    /// Paths of the scripts that it is, or may be.
    package let scripts: [FoundCaller]
    package let state: State
    package var route: TransportKind? { seen.flatMap { TransportKind(rawValue: $0.route) } }
  }

  package let clients: [Client]

  /// - Parameters:
  ///   - window: nanoseconds of quiet after which a use is over.
  ///   - now: nanoseconds since 1970.
  package init(_ callers: [Caller], found: [FoundCaller], primary: TransportKind, window: Int64, now: Int64) {
    var clients: [Client] = []
    for caller in callers {
      let scripts =
        caller.route == TransportKind.fileDrop.rawValue ? found.filter { $0.isSeen(as: caller.program) } : []
      clients.append(
        Client(seen: caller, scripts: scripts, state: Self.state(caller, callers, primary, since: now - window)))
    }
    let known = Set(clients.flatMap(\.scripts).map(\.path))
    for script in found where !known.contains(script.path) {
      clients.append(Client(seen: nil, scripts: [script], state: .unseen))
    }
    self.clients = clients.sorted(by: Self.ranks)
  }

  private static func state(_ caller: Caller, _ all: [Caller], _ primary: TransportKind, since: Int64) -> State {
    if caller.route == primary.rawValue { return .moved }
    if caller.last >= since { return .toMove }
    let goesOn = all.contains { other in
      other.route == primary.rawValue && other.uid == caller.uid && caller.uid != nil && other.last > caller.last
        && (caller.program == nil || other.program == nil || other.program == caller.program)
    }
    return goesOn ? .moved : .quiet
  }

  /// Those that have still to move come first, then the routes from the oldest, then the latest use.
  private static func ranks(_ left: Client, _ right: Client) -> Bool {
    func rank(_ client: Client) -> Int {
      switch client.state {
      case .toMove: 0
      case .unseen: 1
      case .quiet: 2
      case .moved: 3
      }
    }
    func place(_ client: Client) -> Int {
      client.route.flatMap { TransportKind.allCases.firstIndex(of: $0) } ?? TransportKind.allCases.count
    }
    if rank(left) != rank(right) { return rank(left) < rank(right) }
    if place(left) != place(right) { return place(left) < place(right) }
    guard let a = left.seen, let b = right.seen else {
      return left.scripts.map(\.path).lexicographicallyPrecedes(right.scripts.map(\.path))
    }
    return (b.last, a.uid ?? -1, a.program ?? "") < (a.last, b.uid ?? -1, b.program ?? "")
  }
}
