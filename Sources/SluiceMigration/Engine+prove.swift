internal import SluiceChannel
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

extension Engine {
  /// Probes through legacy paths may be overwritten by legacy writers, as any drop may: this many tries for one.
  private static let dropTries = 20

  /// Sends numbered probes and counts how often each was seen.
  func prove(_ routes: [TransportKind], _ count: Int, _ latency: Int64) throws(MigrationFailure) -> String {
    var notes: [String] = []
    for route in routes {
      let overwritten = try probe(route, count, latency)
      if overwritten > 0 { notes.append("\(overwritten) of \(route.rawValue)'s overwritten by legacy writers") }
    }
    notes.append(try refuseStranger(routes))
    return "\(count) each seen once; " + notes.joined(separator: "; ")
  }

  /// One marker: everything that was sent through the route before it has arrived when it is seen.
  func mark(_ route: TransportKind, _ latency: Int64) throws(MigrationFailure) -> String {
    _ = try probe(route, 1, latency)
    try wait(seconds: 10, for: "messages in flight") { $0.inFlight == 0 }
    return "seen"
  }

  /// Sends probes one after the other, each awaited.
  /// - Returns: how many probes legacy writers overwrote.
  private func probe(_ route: TransportKind, _ count: Int, _ latency: Int64) throws(MigrationFailure) -> Int {
    let sender = ChannelSenders(channel: channel, layout: layout, patience: latency).probeSender(route, identity)
    var sent: [String] = []
    var overwritten = 0
    for number in 1...count {
      report(.progress(done: number - 1, of: count))
      var isSeen = false
      for _ in 0..<(route == .fileDrop ? Self.dropTries : 1) {
        let token = Random.token(bytes: 16)
        sent.append(token)
        try ask(.expect(canaries: [token]))
        var envelope = Envelope()
        envelope.canary = token
        let text = envelope.wrap(Array(#"{"method":"ping"}"#.utf8))
        do throws(TransportFailure) {
          if route == .fileDrop {
            try LegacyRights.at(layout.legacyInput) { () throws(TransportFailure) in _ = try sender.send(text) }
          } else {
            try sender.send(text)
          }
        } catch {
          throw MigrationFailure(.gate, "probe \(number) through \(route.rawValue) could not be sent: \(error.text)")
        }
        isSeen = try arrives(token, on: route, before: Clock.monotonic + latency)
        if isSeen { break }
        overwritten += 1
      }
      guard isSeen else {
        throw MigrationFailure(
          .gate,
          "probe \(number) through \(route.rawValue) was not seen within \(latency / 1_000_000) ms; see what holds it up with:"
            + " sluice status")
      }
    }
    for (token, places) in try seen(sent) {
      let total = places.values.reduce(0, +)
      guard total <= 1 else {
        throw MigrationFailure(
          .gate, "probe \(token) through \(route.rawValue) was seen \(total) times; see: sluice verify")
      }
    }
    return overwritten
  }

  private func arrives(_ token: String, on route: TransportKind, before deadline: Int64) throws(MigrationFailure)
    -> Bool
  {
    while true {
      if let places = try seen([token])[token], !places.isEmpty {
        guard places[route] == 1 else {
          throw MigrationFailure(
            .gate,
            "a probe through \(route.rawValue) was seen elsewhere: \(places); see who writes there with: sluice clients"
          )
        }
        return true
      }
      if Clock.monotonic >= deadline { return false }
      Wait.pause(nanoseconds: 500_000)
    }
  }

  private func seen(_ tokens: [String]) throws(MigrationFailure) -> [String: [TransportKind: Int]] {
    do throws(TransportFailure) { return try control.seen(tokens) } catch { throw MigrationFailure(error) }
  }

  /// Another user must not get through the directory; only root can try what another user could do.
  func refuseStranger(_ routes: [TransportKind]) throws(MigrationFailure) -> String {
    guard !isConfined else { return "refusal of another user not tried (the server itself asks)" }
    guard Process.effectiveUser == 0 else { return "refusal of another user not tried (needs root)" }
    let stranger: UInt32 = 65534  // the overflow id, "nobody" (proc(5), overflowuid)
    guard identity.user != stranger else { return "refusal of another user not tried (the channel's user is nobody)" }
    for route in routes where route != .fileDrop {
      let (path, attempt): (String, Probe.Attempt) =
        switch route {
        case .runFile: (layout.lockFile, .openForWriting)
        case .fifo: (layout.fifo, .openForWriting)
        case .socket, .fileDrop: (layout.socket, .connect)
        }
      switch Probe.attempt(attempt, path: path, as: stranger, gid: stranger) {
      case .refused: continue
      case .couldDoIt:
        guard route != .socket || !channel.socket.allowAnyone else { continue }
        throw MigrationFailure(.gate, "uid \(stranger) got through to \(path), which should be refused")
      case .notTried(let error): throw MigrationFailure(.gate, "could not try what uid \(stranger) may do: \(error)")
      }
    }
    return "another user was refused"
  }

  /// The ledger balances, and nothing is in trouble, for a while.
  func settle(_ time: Int64) throws(MigrationFailure) -> String {
    let deadline = Clock.monotonic + time
    repeat {
      guard let server = observer.server() else {
        throw MigrationFailure(
          .gate, "the server went away; start it with: sluice serve --channel \(channel.name), and run this again")
      }
      if let trouble = server.trouble { throw MigrationFailure(.gate, trouble) }
      for route in server.routes where route.accepted != route.handled + route.rejected + route.quarantined {
        throw MigrationFailure(
          .gate,
          "the ledger of \(route.kind.rawValue) does not balance: accepted \(route.accepted), handled \(route.handled),"
            + " rejected \(route.rejected), quarantined \(route.quarantined); see: sluice verify")
      }
      report(.waiting(nanoseconds: max(0, deadline - Clock.monotonic)))
      Wait.pause(nanoseconds: 50_000_000)
    } while Clock.monotonic < deadline
    return "balanced"
  }
}

extension ChannelSenders {
  /// The sender of probes: a drop of the operator's must be one that the relay's user can claim.
  fileprivate func probeSender(_ route: TransportKind, _ identity: ChannelIdentity) -> any SendingSide {
    route == .fileDrop ? dropSender(owner: identity.owner) : sender(route)
  }
}
