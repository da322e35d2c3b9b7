internal import SluiceChannel
internal import SluiceServer
internal import SluiceSystem
internal import SluiceTransports
internal import SluiceWire

extension Engine {
  /// Nanoseconds that a probe may take here. A manifest's gate asks whether a route is fast enough to move to it; this
  /// asks whether it works, and a busy host is no violation.
  private static let patience: Int64 = 10_000_000_000
  /// A probe at a legacy path that nobody has seen by then was overwritten, most likely; the next one is sent. One that
  /// comes later is counted all the same.
  private static let dropPatience: Int64 = 500_000_000
  private static let mostOverwritten = 20

  /// Sends numbered probes through a route, one after the other, and counts how often each was seen.
  func census(_ route: TransportKind, count: Int) -> CanaryCensus {
    var census = CanaryCensus(route)
    let isDrop = route == .fileDrop
    let senders = ChannelSenders(channel: channel, layout: layout, patience: Self.patience)
    let sender: any SendingSide = isDrop ? senders.dropSender(owner: identity.owner) : senders.sender(route)
    var tokens: [String] = []
    var unseen = 0
    do throws(TransportFailure) {
      while census.latencies.count < count, unseen < (isDrop ? Self.mostOverwritten : 1) {
        report(.progress(done: census.latencies.count, of: count))
        let token = Random.token(bytes: 16)
        try control.ask(.expect(canaries: [token]))
        var envelope = Envelope()
        envelope.canary = token
        let start = Clock.monotonic
        try sender.send(envelope.wrap(Array(#"{"method":"ping"}"#.utf8)))
        tokens.append(token)
        let deadline = start + (isDrop ? Self.dropPatience : Self.patience)
        if try isSeen(token, before: deadline) { census.saw(after: Clock.monotonic - start) } else { unseen += 1 }
      }
      try judge(tokens, &census)
    } catch { census.trouble = error.text }
    report(.progress(done: count, of: count))
    census.sent = tokens.count
    return census
  }

  private func isSeen(_ token: String, before deadline: Int64) throws(TransportFailure) -> Bool {
    while true {
      if try control.seen([token])[token]?.isEmpty == false { return true }
      if Clock.monotonic >= deadline { return false }
      Wait.pause(nanoseconds: 500_000)
    }
  }

  /// All of them at the end: one that came late came, and one that came twice shows it now.
  private func judge(_ tokens: [String], _ census: inout CanaryCensus) throws(TransportFailure) {
    let seen = try control.seen(tokens)
    for token in tokens {
      let places = seen[token] ?? [:]
      switch places.values.reduce(0, +) {
      case 0: if census.route == .fileDrop { census.overwritten += 1 } else { census.missing += 1 }
      case 1:
        census.once += 1
        if places[census.route] != 1 { census.trouble = "a probe was seen on another route" }
      default: census.twice += 1
      }
    }
    // Other writers overwrite some of them, never all.
    if census.once == 0, census.overwritten > 0 {
      census.missing = census.overwritten
      census.overwritten = 0
    }
  }
}
